"""An attempt that is only spoken to in vain."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.entrypoints.installation import Builder, Document, Installation, installation_in


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningAttempt:
    """An attempt at lamp's architecture-dependent part, and who knows of it."""

    installation: Installation
    builder: Builder
    claim: Document

    @property
    def build(self) -> Document:
        """The build as anybody sees it."""
        place = f"/api/v1/builds/{self.claim['build_id']}"
        found: Document = self.installation.client().get(place).json()
        return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, filled_root: Path) -> RunningAttempt:
    """For tests in which everything is refused: it is as at its beginning after each of them."""
    root = tmp_path_factory.mktemp("running") / "root"
    shutil.copytree(filled_root, root)
    installation = installation_in(root)
    builder = Builder(installation)
    return RunningAttempt(
        installation=installation, builder=builder, claim=builder.claim_of("lamp")
    )
