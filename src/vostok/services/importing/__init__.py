"""Importing somebody else's suite: the signed Release file, its indices, and what came of it."""
