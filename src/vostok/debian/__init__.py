"""What Debian Policy defines: versions, relations, stanzas, indices, uploads.

Pure: text in, values out. Whatever the text, only InvalidInputError is raised by a parser.
"""
