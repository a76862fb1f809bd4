"""Default compilers as packages: reads the parent's files, builds the archive's own."""

from vostok.adapters.toolchain_packages.builder import DpkgSwapBuilder
from vostok.adapters.toolchain_packages.swap_build import SwapResult, build_swap

__all__ = ["DpkgSwapBuilder", "SwapResult", "build_swap"]
