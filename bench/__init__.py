"""Benchmarks with peers beside them; no part of the program, and never part of its tests."""
