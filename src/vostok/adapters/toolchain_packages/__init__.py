"""Default compilers as packages: reads the parent's files, builds the archive's own."""

from vostok.adapters.toolchain_packages.swap_build import SwapResult, build_swap

__all__ = ["SwapResult", "build_swap"]
