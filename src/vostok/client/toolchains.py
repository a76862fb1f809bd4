"""Calls of toolchains."""

from collections.abc import Iterator

from vostok.client.asking import Asking, filtered, part
from vostok.client.messages import Preflight, Toolchain, ToolchainSpecification


class ToolchainCalls(Asking):
    """Calls of toolchains."""

    def toolchains(self, *, text: str = "") -> Iterator[Toolchain]:
        """All toolchains at their newest revisions, by name."""
        return self._listed(Toolchain, "toolchains", "toolchains", filtered(text))

    def toolchain(self, name: str) -> Toolchain:
        """One toolchain with its revisions."""
        return self._one(Toolchain, "GET", f"toolchains/{part(name)}")

    def create_toolchain(self, name: str, specification: ToolchainSpecification) -> Toolchain:
        """The toolchain: a new revision, or the newest one if that is the same."""
        return self._one(Toolchain, "POST", "toolchains", {"name": name, **specification})

    def preflight(self, toolchain: str, *, archive: str) -> Preflight:
        """What builds in the archive would get from the toolchain."""
        path = f"toolchains/{part(toolchain)}/preflight"
        return self._one(Preflight, "GET", path, query={"archive": archive})
