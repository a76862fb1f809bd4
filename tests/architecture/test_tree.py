"""What must hold of the tree as a whole, and no linter looks at."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "src" / "vostok").rglob("*.py"))
SCRIPTS = [
    path
    for path in [*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"]
    if path.is_file() and path.read_bytes().startswith(b"#!/bin/bash")
]
NAMES_OF_MECHANISMS = {"utils", "util", "helpers", "common", "models", "manager", "core", "misc"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_named_for_a_concept(module: Path) -> None:
    names = set(module.relative_to(ROOT / "src").with_suffix("").parts)

    assert not names & NAMES_OF_MECHANISMS


@pytest.mark.parametrize("lock", ["requirements.lock", "scripts/uv.lock"])
def test_a_lock_has_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text()

    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]

    assert "://" not in text
    assert all(re.match(r"[a-z0-9._\[\]-]+==[^ ]+", package) for package in packages)
    assert all("--hash=sha256:" in package for package in packages)


def test_the_lock_holds_all_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]

    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    names = [re.match(r"[a-z0-9-]+", line) for line in asked]

    assert {name[0] for name in names if name} <= set(locked)
    assert len(names) > 15


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_read_by_its_shell_and_run(script: Path) -> None:
    parsed = subprocess.run(
        ["bash", "-n", str(script)], capture_output=True, text=True, check=False, timeout=10
    )

    assert parsed.stderr == ""
    assert script.stat().st_mode & 0o111 == 0o111
