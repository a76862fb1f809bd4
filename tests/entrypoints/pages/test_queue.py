"""The page of the queue, and that it does not tell what is private."""

import csv
import io

from tests.entrypoints.installation import ADMINISTRATOR, Builder, Installation


def test_it_shows_what_waits_what_runs_and_who_builds(installation: Installation) -> None:
    Builder(installation).claim()

    text = installation.client().get("/queue").text

    assert "host-1" in text
    assert "At work" in text
    assert "/archives/trial/campaigns/1?state=needs-build" in text


def test_its_tables_are_data_too(installation: Installation) -> None:
    Builder(installation).claim()
    client = installation.client()

    document = client.get("/queue.json").json()
    answer = client.get("/queue.csv", params={"table": "at-work"})
    [row] = list(csv.DictReader(io.StringIO(answer.text, newline="")))

    assert answer.headers["content-type"].startswith("text/csv")
    assert [build["source"] for build in document["at_work"]] == [row["source"]]
    assert document["builders"][0]["does"]["source"] == row["source"]
    assert [(each["architecture"], each["waiting"]) for each in document["architectures"]] == [
        ("amd64", 1)
    ]


def test_nothing_in_it_tells_of_a_private_archive(installation: Installation) -> None:
    Builder(installation).claim()
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    outsider = installation.client()

    queue = outsider.get("/queue.json").json()
    texts = [outsider.get(f"/queue{suffix}").text for suffix in ("", ".json", ".csv")]

    assert (queue["waiting"], queue["at_work"]) == ([], [])
    assert [each["waiting"] + each["running"] for each in queue["architectures"]] == [0]
    assert queue["builders"][0]["does"] is None
    assert [text for text in texts if "trial" in text] == []


def test_an_empty_one_says_what_to_do(empty_installation: Installation) -> None:
    text = empty_installation.client().get("/queue").text

    assert "No builder has asked for work yet" in text
    assert "vostok builder" in text
    assert "Nothing waits" in text
