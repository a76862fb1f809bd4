"""Deriving archives, keeping them in step with their parents, and their settings."""
