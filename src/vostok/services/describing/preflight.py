"""The document of what builds of an archive would get from a toolchain."""

from typing import cast

from vostok.documents.preflights import (
    PreflightArchitectureView,
    PreflightTool,
    PreflightView,
)
from vostok.domain.toolchain_preflight import Preflight
from vostok.services.toolchains.revisions import ArchivePreflight


def preflight_document(found: ArchivePreflight) -> PreflightView:
    """What builds of an archive would get, by architecture."""
    return {
        "toolchain": {"name": found.toolchain.name, "revision": found.toolchain.revision},
        "archive": found.archive,
        "suite": found.suite,
        "architectures": {
            architecture: _architecture_document(answer)
            for architecture, answer in found.architectures.items()
        },
        "names_compiler_itself": [
            {"source": source, "relation": relation}
            for source, relation in found.names_compiler_itself
        ],
        "problems": [
            {"architecture": architecture, "sentence": problem.sentence, "hint": problem.hint}
            for architecture, answer in found.architectures.items()
            for problem in answer.problems
        ],
    }


def _architecture_document(answer: Preflight) -> PreflightArchitectureView:
    return {
        "tools": [cast("PreflightTool", row.as_json()) for row in answer.tools],
        "kept": [{"driver": kept.driver, "sentence": kept.sentence} for kept in answer.kept],
        "notes": list(answer.notes),
    }
