"""The main job, from the import of Debian to apt on a client."""

import gzip
import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

import apt_pkg
import pytest
from tests.journeys.apt_client import Answer, AptDirectory, answers_in_clean_bookworm
from tests.journeys.conftest import FLAG, TOOLCHAIN
from tests.journeys.installation import (
    Document,
    Installation,
    command_output,
    get,
)

pytestmark = pytest.mark.build

INSTALL_PARENTS = "apt-get install --yes hello 2>/dev/null; dpkg-query -Wf '${Version}' hello"
UPDATE = "apt-get update"
UPGRADE = "apt-get upgrade --yes"
VERSION = "dpkg-query -Wf '${Version}' hello"
GREET = "hello"
INSTALL_OTHER = "apt-get install --yes cowsay"
OTHER_VERSION = "dpkg-query -Wf '${Version}' cowsay"
OTHER_SAYS = "/usr/games/cowsay moo"
COMPILERS = "apt-cache policy gcc cpp g++"
DEBUG_SYMBOLS = "apt-cache madison hello-dbgsym"
CLIENT_COMMANDS = (
    INSTALL_PARENTS,
    UPDATE,
    UPGRADE,
    VERSION,
    GREET,
    INSTALL_OTHER,
    OTHER_VERSION,
    OTHER_SAYS,
    COMPILERS,
    DEBUG_SYMBOLS,
)
STORED_FILES_MAX = 1_000
"""Of the tens of thousands that the parent has; builds and their chroots need some hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What a client's apt answered, and the builds that were there."""

    answers: dict[str, Answer]
    hello: Document
    cowsay: Document


def build_of(vostok: Installation, campaign: Document, source: str) -> Document:
    (found,) = (build for build in campaign["builds"] if build["source"] == source)
    return vostok.ask("build", "show", str(found["id"]))


def index(vostok: Installation, path: str) -> "dict[str, apt_pkg.TagSection[str]]":
    """The paragraphs of an index of the archive, by package."""
    got = get(f"{vostok.url}/archives/{path}").raise_for_status()
    text = gzip.decompress(got.content).decode()
    sections = [paragraph(part) for part in text.split("\n\n") if part.strip()]
    return {section["Package"]: section for section in sections}


def paragraph(text: str) -> "apt_pkg.TagSection[str]":
    return apt_pkg.TagSection(f"{text.rstrip()}\n\n")


def stored_file_of(vostok: Installation, build: Document, ending: str) -> Path:
    (file,) = (f for f in build["attempts"][-1]["files"] if f["name"].endswith(ending))
    return vostok.stored_file(file["sha256"])


@pytest.fixture(scope="module")
def hello(vostok: Installation, first_campaign: Document) -> Document:
    return vostok.wait_until_published(build_of(vostok, first_campaign, "hello")["id"])


@pytest.fixture(scope="module")
def cowsay(vostok: Installation, first_campaign: Document) -> Document:
    return vostok.wait_until_published(build_of(vostok, first_campaign, "cowsay")["id"])


@pytest.fixture(scope="module")
def client(  # noqa: PLR0913, PLR0917 - each argument is a fixture
    vostok: Installation,
    trial: str,
    mirror: str,
    first_campaign: Document,
    hello: Document,
    cowsay: Document,
) -> Client:
    assert first_campaign["counts"] == {"built": 2}
    answers = answers_in_clean_bookworm(
        mirror,
        CLIENT_COMMANDS,
        stanza=vostok.say("archive", "show", trial, "--stanza"),
        stanza_before=UPDATE,
    )
    return Client(
        answers={answer.command: answer for answer in answers},
        hello=hello,
        cowsay=cowsay,
    )


@pytest.fixture(scope="module")
def sources(  # noqa: PLR0913, PLR0917 - each argument is a fixture
    vostok: Installation,
    trial: str,
    mirror: str,
    architecture: str,
    first_campaign: Document,
    tmp_path_factory: pytest.TempPathFactory,
) -> AptDirectory:
    """An apt that knows the sources of the parent and of the archive."""
    assert first_campaign["state"] == "finished"
    stanza = vostok.say("archive", "show", trial, "--stanza")
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    parent = f"URIs: {mirror}\nSuites: bookworm\nComponents: main\nSigned-By: {keyring}\n"
    directory = AptDirectory(root=tmp_path_factory.mktemp("apt"), architecture=architecture)
    directory.create(
        [f"Types: deb deb-src\n{parent}", stanza.replace("Types: deb", "Types: deb deb-src")]
    )
    return directory


def test_the_preflight_names_the_compilers_that_builds_will_get(
    vostok: Installation, trial: str, architecture: str
) -> None:
    preflight = vostok.ask("toolchain", "preflight", TOOLCHAIN, "--archive", trial)

    tools = {tool["tool"]: tool for tool in preflight["architectures"][architecture]["tools"]}
    assert tools["gcc"]["command"] == "gcc-11"
    assert tools["g++"]["command"] == "g++-11"
    assert tools["gcc"]["from"].startswith("gcc-11 11.")
    assert preflight["problems"] == []


def test_a_dry_run_says_what_would_be_built_and_makes_nothing(
    vostok: Installation, trial: str, architecture: str
) -> None:
    before = vostok.ask("campaign", "list", trial)
    words = ("--select", "all", "--reason", "only asking", "--dry-run")

    plan = vostok.ask("rebuild", "request", trial, *words)

    planned = {build["source"]: build for build in plan["accepted"]}
    assert {source: build["part"] for source, build in planned.items()} == {
        "hello": "any",
        "cowsay": "all",
    }
    assert planned["hello"]["architecture"] == architecture
    assert all("Xtrial" in build["version"] for build in planned.values())
    assert plan["refused"] == []
    assert vostok.ask("campaign", "list", trial) == before


def test_every_package_is_built_above_the_parents_version(first_campaign: Document) -> None:
    built = {build["source"]: build for build in first_campaign["builds"]}

    assert first_campaign["state"] == "finished"
    assert {source: build["state"] for source, build in built.items()} == {
        "hello": "built",
        "cowsay": "built",
    }
    for build in built.values():
        assert build["rebuild_no"] == 1
        assert build["version"] == f"{build['version_before']}Xtrial1"


def test_the_rebuilds_number_stands_in_the_logs_name_and_in_the_address(
    vostok: Installation, hello: Document, architecture: str
) -> None:
    (attempt,) = hello["attempts"]

    name = f"hello_{hello['version']}_{architecture}.rebuild-1.attempt-1.log"
    assert attempt["log_url"].endswith(f"/builds/hello/1/{architecture}/attempts/1/{name}")
    served = get(vostok.url + attempt["log_url"]).raise_for_status()
    assert served.text == vostok.say("build", "log", str(hello["id"]))
    assert len(served.content) == attempt["log_bytes"]
    assert get(vostok.url + hello["url"]).raise_for_status().text.count(hello["version"])


def test_the_proof_finds_the_compiler_and_the_flag_that_were_asked_for(hello: Document) -> None:
    proof = hello["proof"]

    assert proof["verdict"] == "asked"
    assert proof["classes"]["asked"] > 0
    assert proof["classes"]["other-compiler"] == 0
    for producer in proof["producers"]:
        assert producer["producer"].startswith("GNU C17 11.")
        assert FLAG in producer["producer"].split()


def test_a_package_without_compiled_code_is_said_to_have_none(cowsay: Document) -> None:
    assert cowsay["proof"]["verdict"] == "no-compiled-code"


def test_the_buildinfo_names_the_compiler_packages_of_the_archive(
    vostok: Installation, trial: str, hello: Document, architecture: str
) -> None:
    preflight = vostok.ask("toolchain", "preflight", TOOLCHAIN, "--archive", trial)
    tools = {tool["tool"]: tool for tool in preflight["architectures"][architecture]["tools"]}

    text = stored_file_of(vostok, hello, ".buildinfo").read_text()

    section = paragraph(text)
    installed = {relation.strip() for relation in section["Installed-Build-Depends"].split(",")}
    assert tools["gcc"]["version"].endswith("Xtrial1")
    assert f"gcc (= {tools['gcc']['version']})" in installed
    assert any(relation.startswith("gcc-11 (= 11.") for relation in installed)
    assert any(relation.startswith(f"buildflags-{TOOLCHAIN} ") for relation in installed)
    assert section["Source"] == f"hello ({hello['source_version']})"
    assert section["Version"] == hello["version"]


def test_a_binary_package_names_the_parents_source(
    vostok: Installation, hello: Document, architecture: str
) -> None:
    package = stored_file_of(vostok, hello, f"hello_{hello['version']}_{architecture}.deb")

    assert command_output("dpkg-deb", "-f", str(package), "Version").strip() == hello["version"]
    source = command_output("dpkg-deb", "-f", str(package), "Source").strip()
    assert source == f"hello ({hello['source_version']})"


def test_apt_takes_the_archive_without_a_warning(client: Client) -> None:
    update = client.answers[UPDATE]

    assert update.status == 0
    assert not [line for line in update.text.splitlines() if line[:2] in {"W:", "E:", "N:"}]
    assert "/archives/trial bookworm" in update.text


def test_apt_upgrades_the_parents_package_to_the_rebuilt_one(client: Client) -> None:
    assert client.answers[INSTALL_PARENTS].text.endswith(client.hello["version_before"])
    assert client.answers[UPGRADE].status == 0
    assert client.answers[VERSION].text == client.hello["version"]
    assert client.answers[GREET].text == "Hello, world!\n"


def test_apt_installs_a_rebuilt_package(client: Client) -> None:
    assert client.answers[INSTALL_OTHER].status == 0
    assert client.answers[OTHER_VERSION].text == client.cowsay["version"]
    assert "< moo >" in client.answers[OTHER_SAYS].text


def test_a_client_keeps_the_parents_compilers(client: Client) -> None:
    answer = client.answers[COMPILERS]

    assert answer.text.count("Candidate:") == 3
    assert "Xtrial" not in answer.text


def test_debug_symbols_are_in_a_component_of_their_own(
    vostok: Installation, trial: str, client: Client, architecture: str
) -> None:
    answer = client.answers[DEBUG_SYMBOLS]

    assert client.hello["version"] in answer.text
    assert f"bookworm/debug {architecture} Packages" in answer.text
    main = index(vostok, f"{trial}/dists/bookworm/main/binary-{architecture}/Packages.gz")
    assert "hello" in main
    assert "hello-dbgsym" not in main


def test_files_of_the_parent_that_nobody_needed_are_not_stored(
    vostok: Installation, debian: Document, sources: AptDirectory, first_campaign: Document
) -> None:
    parents = {
        build["source"]: sources.run(
            "apt-cache",
            "show",
            f"{build['source']}={build['version_before']}",
            directory=Path("/"),
        ).text
        for build in first_campaign["builds"]
    }
    hashes = {source: paragraph(text)["SHA256"] for source, text in parents.items()}

    stored = vostok.stored_hashes()

    assert not stored & set(hashes.values())
    assert 0 < len(stored) < STORED_FILES_MAX < debian["suites"][0]["binaries"]


def test_a_no_change_source_differs_from_the_parents_by_the_changelog_only(
    sources: AptDirectory, cowsay: Document, tmp_path: Path
) -> None:
    parents = sources.source("cowsay", cowsay["version_before"], tmp_path / "parent")
    own = sources.source("cowsay", cowsay["version"], tmp_path / "own")

    for dsc in (parents, own):
        tree = str(dsc.parent / "tree")
        command_output("dpkg-source", "--no-check", "--extract", str(dsc), tree)
    compared = subprocess.run(
        ["diff", "--recursive", "--brief", str(parents.parent / "tree"), str(own.parent / "tree")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    (line,) = compared.stdout.splitlines()
    assert line.endswith("debian/changelog differ")
    (orig,) = parents.parent.glob("*.orig.tar.*[!c]")
    assert (own.parent / orig.name).read_bytes() == orig.read_bytes()
    changelog = (own.parent / "tree" / "debian" / "changelog").read_text()
    former = (parents.parent / "tree" / "debian" / "changelog").read_text()
    assert changelog.startswith(f"cowsay ({cowsay['version']}) bookworm;")
    assert changelog.endswith(former)


def test_the_archive_offers_the_source_of_every_package_that_it_rebuilt(
    vostok: Installation, trial: str, hello: Document, cowsay: Document, tmp_path: Path
) -> None:
    offered = index(vostok, f"{trial}/dists/bookworm/main/source/Sources.gz")

    assert offered["cowsay"]["Version"] == cowsay["version"]
    assert offered["hello"]["Version"] == hello["source_version"]
    for line in offered["hello"]["Checksums-Sha256"].splitlines():
        sha256, _, name = line.split()
        place = f"{vostok.url}/archives/{trial}/{offered['hello']['Directory']}/{name}"
        content = get(place).raise_for_status().content
        assert hashlib.sha256(content).hexdigest() == sha256
        (tmp_path / name).write_bytes(content)
    (dsc,) = tmp_path.glob("*.dsc")
    command_output("dpkg-source", "--no-check", "--extract", str(dsc), str(tmp_path / "tree"))
