"""Comparing archives, and campaigns."""
