"""The addresses of an APT repository: what is at each, for how long, and what is at none."""

import gzip
import hashlib

import apt_pkg
import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import BUILDER, Installation

DISTS = "/archives/trial/dists/bookworm"
POOL = "/archives/trial/pool"


@pytest.fixture
def installation(unchanged: Installation) -> Installation:
    """Nothing here changes anything."""
    return unchanged


def sections(packed: bytes) -> list["apt_pkg.TagSection[str]"]:
    """The paragraphs of an index."""
    text = gzip.decompress(packed).decode().strip()
    return [apt_pkg.TagSection(f"{paragraph}\n") for paragraph in text.split("\n\n")]


def listed_files(client: TestClient) -> dict[str, tuple[str, int]]:
    """Path -> SHA-256 and size of every index that Release names."""
    release = apt_pkg.TagSection(client.get(f"{DISTS}/Release").text)
    lines = [line.split() for line in release["SHA256"].strip().splitlines()]
    return {path: (digest, int(size)) for digest, size, path in lines}


def test_release_has_the_archives_own_names(anybody: TestClient) -> None:
    release = apt_pkg.TagSection(anybody.get(f"{DISTS}/Release").text)

    assert release["Origin"] == "trial"
    assert release["Label"] == "trial"
    assert release["Suite"] == "bookworm"
    assert release["Codename"] == "bookworm"
    assert release["Components"] == "main debug toolchain"
    assert release["Architectures"] == "amd64"
    assert release["Acquire-By-Hash"] == "yes"
    assert "Valid-Until" not in release


def test_every_compressed_index_that_release_names_is_there_by_path_and_by_hash(
    anybody: TestClient,
) -> None:
    packed = {path: sums for path, sums in listed_files(anybody).items() if path.endswith(".gz")}

    for path, (digest, size) in packed.items():
        directory = path.rpartition("/")[0]
        by_path = anybody.get(f"{DISTS}/{path}")
        by_hash = anybody.get(f"{DISTS}/{directory}/by-hash/SHA256/{digest}")

        assert hashlib.sha256(by_path.content).hexdigest() == digest
        assert (by_hash.content, len(by_path.content)) == (by_path.content, size)
    assert len(packed) == 6


def test_what_is_packed_is_what_release_says_of_the_plain_index(anybody: TestClient) -> None:
    listed = listed_files(anybody)

    for path in (path for path in listed if not path.endswith(".gz")):
        plain = gzip.decompress(anybody.get(f"{DISTS}/{path}.gz").content)

        assert listed[path] == (hashlib.sha256(plain).hexdigest(), len(plain))


def test_every_package_that_is_listed_is_there(anybody: TestClient) -> None:
    packed = anybody.get(f"{DISTS}/main/binary-amd64/Packages.gz").content

    for section in sections(packed):
        answer = anybody.get(f"/archives/trial/{section['Filename']}")

        assert hashlib.sha256(answer.content).hexdigest() == section["SHA256"]
        assert len(answer.content) == int(section["Size"])


def test_every_source_file_that_is_listed_is_there(anybody: TestClient) -> None:
    packed = anybody.get(f"{DISTS}/main/source/Sources.gz").content
    count = 0

    for section in sections(packed):
        for line in section["Checksums-Sha256"].strip().splitlines():
            digest, _, name = line.split()
            answer = anybody.get(f"/archives/trial/{section['Directory']}/{name}")

            assert hashlib.sha256(answer.content).hexdigest() == digest
            count += 1
    assert count == 4


@pytest.mark.parametrize(
    "place",
    [f"{DISTS}/InRelease", f"{DISTS}/main/binary-amd64/Packages.gz", f"{POOL}/lamp_1.0_amd64.deb"],
)
def test_a_file_is_looked_at_and_read_in_parts(anybody: TestClient, place: str) -> None:
    whole = anybody.get(place)

    head = anybody.head(place)
    part = anybody.get(place, headers={"Range": "bytes=2-9"})
    rest = anybody.get(place, headers={"Range": f"bytes={len(whole.content) - 3}-"})
    beyond = anybody.get(place, headers={"Range": "bytes=99999999-"})

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["etag"] == whole.headers["etag"]
    assert (part.status_code, part.content) == (206, whole.content[2:10])
    assert part.headers["content-range"] == f"bytes 2-9/{len(whole.content)}"
    assert (rest.status_code, rest.content) == (206, whole.content[-3:])
    assert beyond.status_code == 416


def test_who_has_a_file_already_is_told_so(anybody: TestClient) -> None:
    whole = anybody.get(f"{DISTS}/InRelease")
    tag = whole.headers["etag"]

    same = anybody.get(f"{DISTS}/InRelease", headers={"If-None-Match": f'"other", W/{tag}'})
    other = anybody.get(f"{DISTS}/InRelease", headers={"If-None-Match": '"other"'})

    assert tag == f'"{hashlib.sha256(whole.content).hexdigest()}"'
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert other.status_code == 200


def test_only_what_can_never_change_is_kept_by_caches(anybody: TestClient) -> None:
    path = "main/binary-amd64/Packages.gz"
    digest = listed_files(anybody)[path][0]

    release = anybody.get(f"{DISTS}/InRelease")
    by_hash = anybody.get(f"{DISTS}/main/binary-amd64/by-hash/SHA256/{digest}")
    package = anybody.get(f"{POOL}/lamp_1.0_amd64.deb")

    assert release.headers["cache-control"] == "no-cache"
    assert "immutable" in by_hash.headers["cache-control"]
    assert package.headers["cache-control"] == "no-cache"


def test_files_are_sent_as_they_are_and_never_as_something_to_look_at(
    anybody: TestClient,
) -> None:
    for place in (f"{DISTS}/Release", f"{POOL}/lamp_1.0.dsc", f"{POOL}/lamp_1.0_amd64.deb"):
        answer = anybody.get(place, headers={"Accept-Encoding": "gzip"})

        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "place",
    [
        "/archives/nowhere/dists/bookworm/InRelease",
        "/archives/debian/dists/bookworm/InRelease",
        "/archives/trial/dists/sid/InRelease",
        "/archives/trial/dists/bookworm/",
        "/archives/trial/dists/bookworm/InRelease/",
        "/archives/trial/dists/bookworm//InRelease",
        "/archives/trial/dists/bookworm/main/../InRelease2",
        "/archives/trial/dists/bookworm/%2e%2e/%2e%2e/vostok.db",
        "/archives/trial/dists/bookworm/%2e%2e%2f%2e%2e%2fvostok.db",
        "/archives/trial/dists/bookworm/../../../../vostok.db",
        "/archives/trial/dists/bookworm//etc/passwd",
        "/archives/trial/dists/%2e%2e/InRelease",
        "/archives/%2e%2e/dists/bookworm/InRelease",
        "/archives/trial/dists/bookworm/main/binary-amd64/by-hash/SHA256/" + "0" * 64,
        "/archives/trial/dists/bookworm/main/binary-amd64/by-hash/MD5Sum/" + "0" * 32,
        "/archives/trial/dists/bookworm/by-hash/SHA256/%2e%2e/%2e%2e/%2e%2e/vostok.db",
        "/archives/trial/dists/bookworm/" + "x" * 5000,
        "/archives/trial/pool/",
        "/archives/trial/pool/%2e%2e/vostok.db",
        "/archives/trial/pool/../dists/bookworm/InRelease2",
        "/archives/trial/pool//lamp_1.0_amd64.deb",
        "/archives/trial/pool/lamp_1.0_amd64.deb/",
        "/archives/trial/pool/lamp%00_1.0_amd64.deb",
        "/archives/trial/publications/0/dists/bookworm/InRelease",
        "/archives/trial/publications/2/dists/bookworm/InRelease",
        "/archives/trial/publications/-1/dists/bookworm/InRelease",
        "/archives/trial/publications/99999999999999999999/dists/bookworm/InRelease",
        "/archives/trial/publications/one/dists/bookworm/InRelease",
        "/archives/trial/admin.token",
    ],
)
def test_there_is_nothing_at_any_other_address(anybody: TestClient, place: str) -> None:
    for answer in (anybody.get(place), anybody.head(place)):
        assert answer.status_code == 404, answer.text
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_is_written_there(anybody: TestClient, method: str) -> None:
    answer = anybody.request(method, f"{DISTS}/InRelease")

    assert answer.status_code == 405


def test_a_person_who_looks_for_a_file_that_is_not_there_gets_a_page(
    anybody: TestClient,
) -> None:
    person = anybody.get(f"{DISTS}/nothing", headers={"Accept": "text/html,*/*;q=0.8"})
    program = anybody.get(f"{DISTS}/nothing")

    assert person.headers["content-type"].startswith("text/html")
    assert "nothing" in person.text
    assert program.headers["content-type"] == "application/problem+json"


def test_a_token_that_nobody_has_opens_nothing(installation: Installation) -> None:
    wrong = installation.client({"Authorization": "Bearer wrong"})
    builder = installation.client(BUILDER)

    assert wrong.get(f"{DISTS}/InRelease").status_code == 401
    assert builder.get(f"{DISTS}/InRelease").status_code == 403


def test_a_parents_file_that_is_not_here_is_fetched_when_somebody_reads_it(
    installation: Installation, anybody: TestClient
) -> None:
    packed = anybody.get(f"{DISTS}/main/binary-amd64/Packages.gz").content
    data = next(found for found in sections(packed) if found["Package"] == "lamp-data")
    digest = data["SHA256"]
    place = installation.settings.data_root / "files" / digest[:2] / digest
    place.unlink(missing_ok=True)

    answer = anybody.get(f"/archives/trial/{data['Filename']}")

    assert answer.status_code == 200
    assert hashlib.sha256(place.read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/%2e%2e/admin.token",
        "main/h/hello/..%2f..%2f..%2f..%2fadmin.token",
        "main//h/../../../../etc/passwd",
        "%00",
    ],
)
def test_no_address_of_the_pool_leads_out_of_it(anybody: TestClient, path: str) -> None:
    answer = anybody.get(f"{POOL}/{path}")

    assert answer.status_code == 404
    assert b"root:" not in answer.content
