"""The page of sources for elsewhere: looked at, taken, saved; as the command line makes them."""

import io
import re
import subprocess
import tarfile
import tempfile
from html import unescape
from pathlib import Path

import pytest
from tests.entrypoints.installation import ADMIN, ADMINISTRATOR, Installation, listening
from tests.entrypoints.pages.visitor import Visitor, newcomer

from vostok.adapters import outgoing_tar
from vostok.domain.access import Role
from vostok.entrypoints.cli import main

PAGE = "/archives/trial/outgoing"
WORDS = {
    "selection": "all",
    "reason": "for libfoo 2",
    "maintainer": "Ann Other <ann@example.org>",
    "distribution": "sid",
}
FAULTS = (
    ({"selection": ""}, "selection"),
    ({"selection": "("}, "selection"),
    ({"reason": ""}, "reason"),
    ({"maintainer": "nobody"}, "maintainer"),
    ({"distribution": "two words"}, "distribution"),
    ({"scheme": "none of them"}, "scheme"),
    ({"scheme": "vendor"}, "vendor"),
    ({"vendor": "acme"}, "vendor"),
)


@pytest.fixture
def dev(installation: Installation) -> Visitor:
    return newcomer(installation, "dev", Role.DEVELOPER)


def saved(visitor: Visitor) -> dict[str, dict[str, bytes]]:
    """Each tar that the page has to save, with its files."""
    page = visitor.get(PAGE, **WORDS).text
    found = {}
    for link in map(unescape, re.findall(rf'href="({PAGE}/[^"?]+\.tar)"', page)):
        with tarfile.open(fileobj=io.BytesIO(visitor.get(link).content)) as tar:
            files = {entry.name: tar.extractfile(entry) for entry in tar}
            found[link] = {name: file.read() for name, file in files.items() if file is not None}
    return found


def test_sources_are_looked_at_taken_once_and_saved_with_the_bytes_of_the_command(
    installation: Installation, dev: Visitor, tmp_path: Path
) -> None:
    looked = dev.get(PAGE, **WORDS)
    nothing_yet = saved(dev)

    taken = [dev.send_form(looked, PAGE) for _ in range(2)]
    shown = dev.text(taken[0].headers["location"])
    files = {name: content for tar in saved(dev).values() for name, content in tar.items()}
    with listening(installation.app) as url:
        words = [
            *("--url", url, "--token", ADMIN["Authorization"].split()[1], "rebuild", "nochange"),
            *("trial", "--select", "all", "--reason", WORDS["reason"], "--distribution", "sid"),
            *("--maintainer", WORDS["maintainer"], "--output", str(tmp_path / "out")),
        ]
        assert main(words) == 0
    made = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}

    assert "2 sources would be made" in looked.text
    assert nothing_yet == {}
    assert [answer.status_code for answer in taken] == [303, 303]
    assert taken[0].headers["location"] == taken[1].headers["location"]
    assert "2 sources are ready to be saved" in shown
    assert len(files) == 6
    assert files == made


def test_what_is_saved_is_a_source_that_dpkg_unpacks(dev: Visitor, tmp_path: Path) -> None:
    dev.send(PAGE, **WORDS)
    link, files = next(iter(saved(dev).items()))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    [dsc] = [name for name in files if name.endswith(".dsc")]

    done = subprocess.run(
        ["dpkg-source", "--extract", dsc, "tree"],
        cwd=tmp_path, capture_output=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "No-change rebuild: for libfoo 2" in (tmp_path / "tree/debian/changelog").read_text()
    assert dev.get(link.replace(".tar", ".zip")).status_code == 404


def test_a_tar_is_not_packed_again_and_asking_for_its_head_makes_none(
    dev: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dev.send(PAGE, **WORDS)
    link = next(iter(saved(dev)))
    made = dev.client.get(link, headers={"Accept-Encoding": "gzip"})
    with monkeypatch.context() as patched:
        patched.setattr(outgoing_tar, "UNPACKED_BYTES_MAX", 10)
        too_large = dev.get(link)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))

    refused = dev.get(link)
    head = dev.client.head(link)

    assert "content-encoding" not in made.headers
    assert int(made.headers["content-length"]) == len(made.content)
    assert (too_large.status_code, "--output" in too_large.text) == (400, True)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-disposition"] == made.headers["content-disposition"]


def test_every_fault_is_told_at_its_field_and_what_was_typed_stays(dev: Visitor) -> None:
    told = []

    for wrong, _ in FAULTS:
        typed = {**WORDS, "reason": "a <reason>", **wrong}
        answers = [dev.get(PAGE, **typed), dev.send(PAGE, **typed)]
        assert [answer.status_code for answer in answers] == [400, 400]
        assert ('value="a &lt;reason&gt;"' in answers[1].text) == ("reason" not in wrong)
        told.append([re.findall(r'id="(\w+)-fault"', answer.text) for answer in answers])

    assert told == [[[field]] * 2 for _, field in FAULTS]


def test_who_may_not_ask_for_rebuilds_is_refused_and_a_private_archive_is_not_there(
    installation: Installation, dev: Visitor
) -> None:
    dev.send(PAGE, **WORDS)
    link = next(iter(saved(dev)))
    mia = newcomer(installation, "mia", Role.MEMBER)

    refused = [mia.get(PAGE, **WORDS), mia.send(PAGE, **WORDS), mia.get(link)]
    invited = PAGE in mia.text("/archives/trial/")
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    hidden = [mia.get(PAGE, **WORDS), mia.send(PAGE, **WORDS), mia.get(link)]

    assert [answer.status_code for answer in refused] == [403] * 3
    assert not invited
    assert [answer.status_code for answer in hidden] == [404] * 3
    assert installation.client().get(PAGE).status_code in {303, 404}
