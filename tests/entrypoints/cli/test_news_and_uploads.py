"""`archive news` and `upload get`: what happened before, and files as they were sent."""

import hashlib
import json
from pathlib import Path

from fastapi import Response
from tests.entrypoints.cli.canned import CommandLine

from vostok.client.messages.uploads import UploadWithFiles

UPLOAD: UploadWithFiles = {
    "id": 12,
    "archive": "trial",
    "source": "hello",
    "version": "1-1",
    "state": "accepted",
    "sentence": "it was accepted",
    "uploaded_by": "lou",
    "person": "lou",
    "signed_by": "",
    "changes": "hello.changes",
    "at": "2026-11-27T08:00:00Z",
    "files": [
        {"name": "hello.dsc", "size": 5, "sha256": hashlib.sha256(b"a dsc").hexdigest()},
        {"name": "hello.tar", "size": 5, "sha256": "0" * 64},
        {"name": "../evil", "size": 5, "sha256": "0" * 64},
    ],
    "builds": [],
}


def item(number: int) -> dict[str, object]:
    texts = dict.fromkeys(
        ("key", "position", "archive", "actor", "subject", "title", "sentence", "page"), "it"
    )
    nothing = dict.fromkeys(("campaign", "version", "architecture", "state"))
    return {"at": f"2026-11-27T08:00:0{number}Z", "topic": "built", "number": number, **texts,
            **nothing}  # fmt: skip


def news(*numbers: int, following: str, is_whole: bool) -> dict[str, object]:
    return {"items": [item(n) for n in numbers], "next": following, "is_whole": is_whole}


def can_get(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/trial/uploads/12", UPLOAD)
    for file in ("hello.dsc", "hello.tar"):
        place = ("GET", f"archives/trial/uploads/12/files/{file}")
        vostok.server.answers[place] = [Response(b"a dsc", media_type="application/octet-stream")]


def test_older_news_are_read_on_until_there_are_no_more_or_enough(vostok: CommandLine) -> None:
    vostok.server.answer(
        "GET",
        "archives/trial/news",
        news(1, 2, following="2-0", is_whole=False),
        news(following="3-0", is_whole=False),
        news(3, following="4-0", is_whole=True),
    )

    whole = vostok.run("archive", "news", "trial", "--on", "built", "--json")
    piece = vostok.run("archive", "news", "trial", "--limit", "2")

    found = json.loads(whole.stdout)
    assert [one["number"] for one in found["items"]] == [1, 2, 3]
    assert (found["next"], found["is_whole"]) == ("4-0", True)
    assert [asked.query.get("cursor") for asked in vostok.server.asked[:3]] == [None, "2-0", "3-0"]
    assert vostok.server.asked[0].query["topic"] == "built"
    assert piece.code == 0
    assert "2026-11-27 08:00:03 UTC" in piece.stdout


def test_files_of_an_upload_are_written_once_and_only_whole(
    vostok: CommandLine, tmp_path: Path
) -> None:
    can_get(vostok)
    get = ("upload", "get", "trial", "12", "--directory", str(tmp_path / "out"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "hello.tar.part").write_bytes(b"of somebody else")

    fetched = vostok.run(*get, "hello.dsc")
    again = vostok.run(*get, "hello.dsc")
    broken = vostok.run(*get, "hello.tar")

    assert (fetched.code, fetched.stdout) == (0, f"{tmp_path}/out/hello.dsc\n")
    assert (tmp_path / "out" / "hello.dsc").read_bytes() == b"a dsc"
    assert again.code == 6
    assert "is there already" in again.stderr
    assert broken.code != 0
    assert "came with the sum" in broken.stderr
    left = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert left == {"hello.dsc": b"a dsc", "hello.tar.part": b"of somebody else"}


def test_a_name_that_leads_elsewhere_is_never_written(vostok: CommandLine, tmp_path: Path) -> None:
    can_get(vostok)
    place = tmp_path / "a" / "b"

    every = vostok.run("upload", "get", "trial", "12", "--directory", str(place))
    missing = vostok.run("upload", "get", "trial", "12", "other", "--directory", str(place))

    assert (every.code, missing.code) == (3, 3)
    assert "has no file ../evil" in every.stderr
    assert list(tmp_path.rglob("*")) == []
