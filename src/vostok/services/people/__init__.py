"""Persons and teams: how they come in, what they may do, how much they may have."""
