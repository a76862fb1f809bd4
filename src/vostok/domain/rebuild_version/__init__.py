"""Versions of rebuilds and local changes: above what is there, below all that may follow.

`schemes` says how archives mark versions, `present` what there is before, `numbering` what a
scheme makes of it, `successors` what may follow; `proof` compares them all, and `issuing` is the
one door. docs/explanation/versions.md is for people.
"""
