"""The selection language: which sources of an archive are meant, and why each of them.

`syntax` has the parts of an expression, `parser` reads them, `facts` says what must be known of
the archive, `evaluation` gives the answer. docs/reference/selection.md is for people who write
selections.
"""
