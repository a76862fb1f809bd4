"""The port through which services have the packages of a toolchain made."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from vostok.adapters.toolchain_packages.swap_build import build_swap
from vostok.domain.toolchain_preflight import PackageFacts
from vostok.domain.toolchain_source import SwapOrder
from vostok.services.ports import SwapFiles


class DpkgSwapBuilder:
    """Implements `services.ports.SwapBuilder` with dpkg-dev, in a temporary directory."""

    @contextmanager
    def build(
        self,
        order: SwapOrder,
        packages: Mapping[str, Mapping[str, PackageFacts]],
        parent_debs: Sequence[Path],
        *,
        compiler_debs: Sequence[Path],
    ) -> Iterator[SwapFiles]:
        """Source package and binaries; the files are gone when the context ends."""
        with tempfile.TemporaryDirectory(prefix="vostok-swap-") as directory:
            result = build_swap(
                order, packages, parent_debs, Path(directory), compiler_debs=compiler_debs
            )
            yield SwapFiles(source_files=result.source_files, binaries=result.binaries)
