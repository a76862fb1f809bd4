"""Reads from debug information which compilers made a package."""
