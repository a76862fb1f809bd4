"""An archive whose policy allows no rebuilds says so at every door; a failure may be retried."""

import json
import re

import httpx
import pytest
from tests.journeys.installation import Document, get
from tests.journeys.workshop import Workshop

pytestmark = pytest.mark.build

EXIT_CONFLICT = 6


@pytest.fixture(scope="module")
def failed(workshop: Workshop) -> Document:
    """A build that failed in an archive which allows no rebuilds any more."""
    vostok = workshop.vostok
    archive = workshop.derive("closed", "libfoo", "--architecture", workshop.architecture)
    number = vostok.request(archive, "libfoo")
    with workshop.attempt(archive) as (_, attempt):
        workshop.builder().fail(attempt, "it was one of those days")
    build = vostok.finished(archive, number)
    vostok.say("archive", "set", archive, "--policy", "never")
    return build


def test_the_command_line_refuses_with_the_reason(workshop: Workshop, failed: Document) -> None:
    words = ("closed", "--select", "libfoo", "--reason", "again")

    for command in (("request",), ("request", "--dry-run"), ("nochange",)):
        done = workshop.vostok.run("rebuild", *command, *words)

        assert done.returncode == EXIT_CONFLICT
        assert "the policy of closed allows no rebuilds" in done.stderr
    assert len(workshop.vostok.ask("campaign", "list", "closed")["campaigns"]) == 1
    assert failed["state"] == "failed"


def test_the_api_refuses_with_the_same_sentence(workshop: Workshop, failed: Document) -> None:
    token = (workshop.vostok.root / "admin.token").read_text().strip()

    answer = httpx.post(
        f"{workshop.vostok.url}/api/v1/archives/closed/campaigns",
        headers={"Authorization": f"Bearer {token}"},
        json={"selection": "libfoo", "reason": "again"},
    )

    assert answer.status_code == httpx.codes.CONFLICT, json.dumps(failed)
    assert "the policy of closed allows no rebuilds" in answer.json()["detail"]


def test_the_page_says_so_and_has_no_button(workshop: Workshop, failed: Document) -> None:
    address = f"{workshop.vostok.url}/archives/{failed['archive']}"

    page = get(f"{address}/", follow_redirects=True)
    posted = httpx.post(f"{address}/campaigns", data={"selection": "libfoo", "reason": "again"})

    assert re.search(r"<dt>Rebuilds</dt>\s*<dd>never</dd>", page.raise_for_status().text)
    assert "<button" not in page.text.partition("<main")[2]
    assert posted.is_client_error
    assert len(workshop.vostok.ask("campaign", "list", "closed")["campaigns"]) == 1


def test_the_failed_build_may_be_retried(workshop: Workshop, failed: Document) -> None:
    workshop.vostok.say("build", "retry", str(failed["id"]))
    workshop.builder().build_all()

    retried = workshop.vostok.wait_until_published(failed["id"])

    assert [attempt["outcome"] for attempt in retried["attempts"]] == ["failed", "built"]
