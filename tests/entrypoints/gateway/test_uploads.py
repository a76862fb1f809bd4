"""Files and logs that an attempt sends: bounded, checked, repeatable."""

import hashlib
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.entrypoints.gateway.conftest import RunningAttempt
from tests.entrypoints.installation import (
    Builder,
    Installation,
    address,
    installation_in,
    listening,
    token,
)

MEBIBYTE = 1 << 20


def sha256_of(content: bytes) -> dict[str, str]:
    return {"X-Content-SHA256": hashlib.sha256(content).hexdigest()}


def files_of(installation: Installation, claim: dict[str, object]) -> list[dict[str, object]]:
    build = installation.client().get(f"/api/v1/builds/{claim['build_id']}").json()
    files: list[dict[str, object]] = build["attempts"][-1]["files"]
    return files


def unfinished_files(installation: Installation) -> list[Path]:
    return list((installation.settings.data_root / "files").glob("incoming.*"))


def test_a_file_is_kept_under_its_name(installation: Installation, builder: Builder) -> None:
    claim = builder.claim()

    answer = builder.client.put(
        f"{address(claim)}/files/lamp_1.0+b1~x_amd64.deb",
        content=b"abc",
        headers={**token(claim), **sha256_of(b"abc")},
    )

    assert (answer.status_code, answer.content) == (204, b"")
    assert files_of(installation, claim) == [
        {
            "name": "lamp_1.0+b1~x_amd64.deb",
            "size": 3,
            "sha256": hashlib.sha256(b"abc").hexdigest(),
        }
    ]


def test_a_file_that_is_sent_again_takes_the_place_of_the_first(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim()

    for content in (b"first", b"second", b"second"):
        builder.client.put(
            f"{address(claim)}/files/lamp.deb",
            content=content,
            headers={**token(claim), **sha256_of(content)},
        )

    assert [(file["name"], file["size"]) for file in files_of(installation, claim)] == [
        ("lamp.deb", 6)
    ]


def test_bytes_that_are_not_those_announced_are_refused(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim()

    answer = builder.client.put(
        f"{address(claim)}/files/lamp.deb",
        content=b"tampered",
        headers={**token(claim), **sha256_of(b"original")},
    )

    assert answer.status_code == 422
    assert "SHA-256" in answer.json()["detail"]
    assert files_of(installation, claim) == []
    assert unfinished_files(installation) == []


@pytest.mark.parametrize("value", [None, "", "abc", "0" * 63, "g" * 64, "A" * 64, "0" * 65])
def test_a_hash_that_is_none_is_refused(running: RunningAttempt, value: str | None) -> None:
    builder, claim = running.builder, running.claim
    announced = {} if value is None else {"X-Content-SHA256": value}

    answer = builder.client.put(
        f"{address(claim)}/files/lamp.deb", content=b"abc", headers={**token(claim), **announced}
    )

    assert answer.status_code == 422
    assert "x-content-sha256" in answer.json()["detail"].lower()


@pytest.mark.parametrize(
    "name",
    [
        "%2e%2e",
        "%2e%2e%2fescaped",
        "..%2f..%2fescaped",
        "%2fetc%2fescaped",
        ".hidden",
        "-option",
        "a%00b.deb",
        "a%0ab.deb",
        "a%20b.deb",
        "a%5cb.deb",
        "%3Cscript%3E",
        "x" * 256,
        "ü.deb",
    ],
)
def test_a_name_that_is_no_file_name_is_refused(running: RunningAttempt, name: str) -> None:
    builder, claim = running.builder, running.claim

    answer = builder.client.put(
        f"{address(claim)}/files/{name}",
        content=b"abc",
        headers={**token(claim), **sha256_of(b"abc")},
    )

    assert answer.status_code in {404, 405, 422}
    assert running.build["attempts"][0]["files"] == []
    assert list(running.installation.settings.data_root.rglob("*escaped*")) == []


@pytest.fixture
def small(installation: Installation) -> Installation:
    """The same installation with a limit of two mebibytes for all files of an attempt."""
    return installation_in(
        installation.settings.data_root, limits={"output_bytes_max": 2 * MEBIBYTE}
    )


def test_a_file_above_the_limit_is_refused_whether_it_says_so_or_not(small: Installation) -> None:
    builder = Builder(small)
    claim = builder.claim()
    content = b"x" * (2 * MEBIBYTE + 1)
    pieces = (content[start : start + MEBIBYTE] for start in range(0, len(content), MEBIBYTE))
    headers = {**token(claim), **sha256_of(content)}
    place = f"{address(claim)}/files/lamp.deb"

    announced = builder.client.put(place, content=content, headers=headers)
    unannounced = builder.client.put(place, content=pieces, headers=headers)

    assert (announced.status_code, unannounced.status_code) == (413, 413)
    assert unfinished_files(small) == []


def test_all_files_of_an_attempt_together_are_bounded(small: Installation) -> None:
    builder = Builder(small)
    claim = builder.claim()
    content = b"x" * (MEBIBYTE + 1)
    headers = {**token(claim), **sha256_of(content)}

    first = builder.client.put(f"{address(claim)}/files/a.deb", content=content, headers=headers)
    second = builder.client.put(f"{address(claim)}/files/b.deb", content=content, headers=headers)
    again = builder.client.put(f"{address(claim)}/files/a.deb", content=content, headers=headers)

    assert [answer.status_code for answer in (first, second, again)] == [204, 422, 204]
    assert "larger than" in second.json()["detail"]


def test_nothing_is_added_to_what_was_reported(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim()
    builder.report(claim)

    answer = builder.client.put(
        f"{address(claim)}/files/late.deb",
        content=b"abc",
        headers={**token(claim), **sha256_of(b"abc")},
    )

    assert answer.status_code == 409
    assert files_of(installation, claim) == []


def test_an_upload_that_breaks_off_leaves_nothing_and_the_server_goes_on(
    installation: Installation, builder: Builder, capfd: pytest.CaptureFixture[str]
) -> None:
    claim = builder.claim()
    announced = hashlib.sha256(b"abc").hexdigest()
    with listening(installation.app) as url:
        where = urlsplit(url)
        with socket.create_connection((where.hostname or "", where.port or 0)) as connection:
            connection.sendall(
                f"PUT {address(claim)}/files/lamp.deb HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: {token(claim)['Authorization']}\r\n"
                f"X-Content-SHA256: {announced}\r\nContent-Length: 1000\r\n\r\nabc".encode()
            )

    assert files_of(installation, claim) == []
    assert unfinished_files(installation) == []
    assert "Traceback" not in capfd.readouterr().err


def test_a_log_is_kept_byte_for_byte(installation: Installation, builder: Builder) -> None:
    claim = builder.claim()
    log = b"\x1b[31mred\x1b[0m\n\x00\xff\xfe<script>alert(1)</script>\r\xc3\n"

    answer = builder.client.put(
        f"{address(claim)}/log", params={"offset": 0}, content=log, headers=token(claim)
    )

    read = installation.client().get(f"/api/v1/builds/{claim['build_id']}/log")
    assert answer.json() == {"size": len(log)}
    assert read.content == log
    assert read.headers["content-type"].startswith("text/plain")
    assert read.headers["x-content-type-options"] == "nosniff"


def test_the_page_of_a_strange_log_shows_no_markup_of_it(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim_of("lamp")
    log = b"\x1b[31mred\x1b[0m\n\x00\xff\xfe<script>alert(1)</script>\n"
    builder.client.put(
        f"{address(claim)}/log", params={"offset": 0}, content=log, headers=token(claim)
    )

    answer = installation.client().get("/archives/trial/builds/lamp/1/amd64/log")

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text
    assert "\x1b" not in answer.text
    assert "\x00" not in answer.text


def test_a_piece_of_a_log_that_is_sent_again_changes_nothing(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim()

    sizes = [
        builder.client.put(
            f"{address(claim)}/log", params={"offset": offset}, content=piece, headers=token(claim)
        ).json()["size"]
        for offset, piece in ((0, b"one\n"), (0, b"one\n"), (2, b"e\ntwo\n"), (0, b""), (8, b""))
    ]

    read = installation.client().get(f"/api/v1/builds/{claim['build_id']}/log")
    assert sizes == [4, 4, 8, 8, 8]
    assert read.content == b"one\ntwo\n"


@pytest.mark.parametrize("offset", ["1", "-1", "one", "99999999999999999999", str(1 << 49), ""])
def test_a_log_has_no_gaps(running: RunningAttempt, offset: str) -> None:
    builder, claim = running.builder, running.claim

    answer = builder.client.put(
        f"{address(claim)}/log", params={"offset": offset}, content=b"late", headers=token(claim)
    )

    assert answer.status_code in {409, 422}
    assert running.build["attempts"][0]["log_bytes"] == 0


def test_a_piece_of_a_log_has_a_largest_size(builder: Builder) -> None:
    claim = builder.claim()
    place, headers = f"{address(claim)}/log?offset=0", token(claim)

    just = builder.client.put(place, content=b"x" * MEBIBYTE, headers=headers)
    more = builder.client.put(place, content=b"x" * (MEBIBYTE + 1), headers=headers)

    assert (just.status_code, more.status_code) == (200, 413)
    assert more.json()["code"] == "invalid-input"


def test_a_log_has_a_largest_size(installation: Installation) -> None:
    small = installation_in(installation.settings.data_root, limits={"log_bytes_max": MEBIBYTE})
    builder = Builder(small)
    claim = builder.claim()

    statuses = [
        builder.client.put(
            f"{address(claim)}/log",
            params={"offset": number * MEBIBYTE},
            content=b"x" * MEBIBYTE,
            headers=token(claim),
        ).status_code
        for number in range(3)
    ]

    assert statuses == [200, 200, 409]
