"""Derives a Debian archive, rebuilds it with another toolchain, publishes the result."""

__version__ = "0.1.0"
