"""Toolchains, and their packages swapped into the archives that use them."""
