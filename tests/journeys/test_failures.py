"""What happens when something is wrong or unwanted: said clearly, and nothing else is touched."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pysequoia
import pytest
from tests.journeys.installation import Installation
from tests.journeys.tiny_mirror import IN_RELEASE, SOURCES, SUITE, TinyMirror
from tests.tiny_parent.parent import TinyParent

pytestmark = pytest.mark.build

EXIT_USAGE, EXIT_NOT_FOUND, EXIT_CONFLICT, EXIT_UNAVAILABLE = 2, 3, 6, 7
EXIT_WORK_FAILED = 8
IMAGE, SOURCE = "spoilt", "loopb"


@pytest.fixture(scope="module")
def mirror_to_spoil(architecture: str, tiny_parent: TinyParent) -> Iterator[TinyMirror]:
    """A mirror that no other module uses."""
    mirror = TinyMirror(architectures=[architecture])
    mirror.serve(tiny_parent.first)
    yield mirror
    mirror.close()


@pytest.fixture(scope="module")
def keyring(mirror_to_spoil: TinyMirror, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keyring") / "tiny.asc"
    mirror_to_spoil.write_keyring(path)
    return path


@pytest.fixture(scope="module")
def image(vostok: Installation, mirror_to_spoil: TinyMirror, keyring: Path) -> str:
    """The name of an archive imported from the tiny mirror."""
    vostok.say(*import_words(mirror_to_spoil, keyring))
    return IMAGE


@pytest.fixture
def newer_mirror(mirror_to_spoil: TinyMirror, image: str) -> Iterator[TinyMirror]:
    """It has something newer than what was imported; what a test spoils is mended afterwards."""
    assert image == IMAGE
    before = dict(mirror_to_spoil.files)
    mirror_to_spoil.release()
    yield mirror_to_spoil
    mirror_to_spoil.files = before
    mirror_to_spoil.cut_short = set()


def import_words(
    mirror: TinyMirror,
    keyring: Path,
    *,
    suite: str = SUITE,
    component: str = "main",
    architecture: str | None = None,
) -> list[str]:
    return [
        *("archive", "import", IMAGE, "--mirror", mirror.url, "--keyring", str(keyring)),
        *("--suite", suite, "--component", component),
        *("--architecture", architecture or mirror.architectures[0]),
    ]


def tamper_with_release(mirror: TinyMirror) -> None:
    content = mirror.files[IN_RELEASE]
    mirror.files[IN_RELEASE] = content.replace(b"Origin: tiny", b"Origin: evil")


def sign_with_another_key(mirror: TinyMirror) -> None:
    text = mirror.files[IN_RELEASE].decode().split("\n\n", 1)[1].split("-----BEGIN", 1)[0]
    mirror.sign(text, key=pysequoia.Tsk.generate(user_id="other <other@example.org>"))


def tamper_with_index(index: str) -> Callable[[TinyMirror], None]:
    def tamper(mirror: TinyMirror) -> None:
        path = f"dists/{SUITE}/{index or mirror.packages}"
        mirror.files[path] = mirror.files[path].replace(b"Version: 1.0", b"Version: 9.9")

    return tamper


def lose_index(mirror: TinyMirror) -> None:
    del mirror.files[f"dists/{SUITE}/{SOURCES}"]


def break_off(mirror: TinyMirror) -> None:
    mirror.cut_short.add(f"dists/{SUITE}/{mirror.packages}")


@pytest.mark.parametrize(
    ("spoil", "status", "reason"),
    [
        pytest.param(tamper_with_release, EXIT_USAGE, "signature is not good", id="InRelease"),
        pytest.param(sign_with_another_key, EXIT_USAGE, "signature is not good", id="key"),
        pytest.param(tamper_with_index(""), EXIT_UNAVAILABLE, "/Packages is not", id="Packages"),
        pytest.param(tamper_with_index(SOURCES), EXIT_UNAVAILABLE, SOURCES, id="Sources"),
        pytest.param(lose_index, EXIT_UNAVAILABLE, f"lacks {SOURCES}", id="lost index"),
        pytest.param(break_off, EXIT_UNAVAILABLE, "could not be read", id="connection"),
    ],
)
def test_an_import_from_a_spoilt_mirror_says_why_and_changes_nothing(  # noqa: PLR0913, PLR0917
    vostok: Installation,
    newer_mirror: TinyMirror,
    keyring: Path,
    spoil: Callable[[TinyMirror], None],
    status: int,
    reason: str,
) -> None:
    before = vostok.ask("archive", "show", IMAGE)
    spoil(newer_mirror)

    done = vostok.run(*import_words(newer_mirror, keyring))

    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == status, done.stderr
    assert len(errors) == 1
    assert reason in errors[0]
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
    assert vostok.ask("archive", "show", IMAGE) == before


@pytest.mark.parametrize(
    ("asked", "status", "reason", "hint"),
    [
        ({"suite": "huge"}, EXIT_NOT_FOUND, "has no suite huge", "--suite"),
        ({"component": "contrib"}, EXIT_USAGE, "no component contrib", "it has main"),
        ({"architecture": "s390x"}, EXIT_USAGE, "no architecture s390x", "it has "),
    ],
)
def test_an_import_of_what_is_not_there_says_what_is(  # noqa: PLR0913, PLR0917
    vostok: Installation,
    newer_mirror: TinyMirror,
    keyring: Path,
    asked: dict[str, str],
    status: int,
    reason: str,
    hint: str,
) -> None:
    before = vostok.ask("archive", "show", IMAGE)

    done = vostok.run(*import_words(newer_mirror, keyring, **asked))

    assert done.returncode == status
    assert reason in done.stderr
    assert hint in done.stderr.partition("hint: ")[2]
    assert vostok.ask("archive", "show", IMAGE) == before


def test_an_import_from_the_mended_mirror_makes_a_new_snapshot(
    vostok: Installation, newer_mirror: TinyMirror, keyring: Path
) -> None:
    before = vostok.ask("archive", "show", IMAGE)["suites"][0]["snapshot"]["number"]

    vostok.say(*import_words(newer_mirror, keyring))

    after = vostok.ask("archive", "show", IMAGE)["suites"][0]["snapshot"]["number"]
    assert after == before + 1


def test_a_source_that_the_mirror_lacks_is_named_and_can_be_retried(
    vostok: Installation, mirror_to_spoil: TinyMirror, image: str
) -> None:
    name = f"{SOURCE}_1.0.tar.xz"
    content = mirror_to_spoil.files.pop(f"pool/{name}")
    vostok.say("archive", "derive", "lacking", "--parent", f"{image}/{SUITE}", "--select", SOURCE)
    number = vostok.request("lacking", SOURCE)
    build = vostok.finished("lacking", number)
    shown = vostok.run("campaign", "show", "lacking", str(number), "--fail")

    mirror_to_spoil.files[f"pool/{name}"] = content
    vostok.say("build", "retry", str(build["id"]))
    retried = vostok.finished("lacking", number)

    assert build["state"] == "source-unavailable"
    assert name in build["sentence"]
    assert shown.returncode == EXIT_WORK_FAILED
    # The tiny archive has nothing that a chroot could be made of: another answer.
    assert retried["state"] == "chroot-problem"
    outcomes = [attempt["outcome"] for attempt in retried["attempts"]]
    assert outcomes == ["source-unavailable", "chroot-problem"]


def test_an_archive_that_others_derive_from_is_not_deleted(
    vostok: Installation, image: str
) -> None:
    vostok.run("archive", "derive", "holding", "--parent", f"{image}/{SUITE}", "--select", SOURCE)
    before = vostok.ask("archive", "show", image)

    done = vostok.run("archive", "delete", image, "--yes")

    assert done.returncode == EXIT_CONFLICT
    assert "holding" in done.stderr
    assert vostok.ask("archive", "show", image) == before
