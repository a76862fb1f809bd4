"""Two people edit one thing, whatever it is: the second is told what the first changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import Installation

API = "/api/v1"
Deed = tuple[str, str, Mapping[str, Any] | None]
NOWHERE = "https://example.org/hook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One thing, what one person does to it, and what another then wants.

    Attributes:
        place: where it is read.
        prepared: what is asked for before anybody looks at it.
        changed, now: what the second person is told.
    """

    place: str
    first: Deed
    second: Deed
    changed: list[str]
    now: Mapping[str, Any]
    prepared: tuple[Deed, ...] = ()


ANN: Deed = ("POST", "/persons", {"name": "ann", "email": "ann@example.org"})
ROBOT: Deed = (
    "POST", "/robots", {"name": "nightly-robot", "purpose": "asks", "answerable": "ann"},
)  # fmt: skip
TEAM: Deed = ("POST", "/teams", {"name": "kernel"})
BUILDER: Deed = ("POST", "/builders", {"name": "host-7"})
HOOK: Deed = ("POST", "/archives/trial/webhooks", {"address": NOWHERE})
SPEC = {"name": "gcc-x", "compilers": {"gcc": "gcc-11"}}

EDITS = {
    "quota of every archive": Edit(
        place="/quotas/archive",
        first=("PUT", "/quotas/archive", {"builds": 5}),
        second=("PUT", "/quotas/archive", {"builds": 9, "bytes": 1}),
        changed=["is_own", "builds"],
        now={"is_own": True, "builds": 5},
    ),
    "quota of a person": Edit(
        prepared=(ANN, ("PUT", "/persons/ann/quota", {"builds": 1, "archives": 2})),
        place="/persons/ann/quota",
        first=("PUT", "/persons/ann/quota", {"builds": 5, "archives": 2}),
        second=("DELETE", "/persons/ann/quota", None),
        changed=["builds"],
        now={"builds": 5},
    ),
    "quota of a team": Edit(
        prepared=(TEAM, ("PUT", "/teams/kernel/quota", {"bytes": 1})),
        place="/teams/kernel/quota",
        first=("DELETE", "/teams/kernel/quota", None),
        second=("PUT", "/teams/kernel/quota", {"bytes": 2}),
        changed=["is_own", "bytes"],
        now={"is_own": False, "bytes": None},
    ),
    "team": Edit(
        prepared=(ANN, TEAM),
        place="/teams/kernel",
        first=("POST", "/teams/kernel/members", {"persons": ["ann"]}),
        second=("DELETE", "/teams/kernel", None),
        changed=["persons"],
        now={"persons": ["ann"]},
    ),
    "person": Edit(
        prepared=(ANN,),
        place="/persons/ann",
        first=("POST", "/persons/ann/disablements", None),
        second=("POST", "/persons/ann/password/resets", None),
        changed=["is_disabled"],
        now={"is_disabled": True},
    ),
    "robot": Edit(
        prepared=(ANN, ROBOT),
        place="/persons/nightly-robot",
        first=("PATCH", "/robots/nightly-robot", {"purpose": "watches"}),
        second=("PATCH", "/robots/nightly-robot", {"purpose": "builds"}),
        changed=["purpose"],
        now={"purpose": "watches"},
    ),
    "password of a person": Edit(
        prepared=(ANN,),
        place="/persons/ann",
        first=("POST", "/persons/ann/password/resets", None),
        second=("POST", "/persons/ann/password/resets", None),
        changed=["password"],
        now={},
    ),
    "rights on all archives": Edit(
        prepared=(ANN,),
        place="/rights",
        first=("POST", "/rights", {"right": "create", "person": "ann"}),
        second=("POST", "/rights", {"right": "builders", "person": "ann"}),
        changed=["rights"],
        now={"rights": [1]},
    ),
    "builder": Edit(
        prepared=(BUILDER,),
        place="/builders/host-7",
        first=("POST", "/builders/host-7/pauses", {"reason": "a disk"}),
        second=("POST", "/builders/host-7/pauses", {"reason": "it moves"}),
        changed=["state", "reason"],
        now={"state": "paused", "reason": "a disk"},
    ),
    "token of a builder": Edit(
        prepared=(BUILDER,),
        place="/builders/host-7",
        first=("POST", "/builders/host-7/token", None),
        second=("POST", "/builders/host-7/token", None),
        changed=["token"],
        now={},
    ),
    "webhook": Edit(
        prepared=(HOOK,),
        place="/archives/trial/webhooks/1",
        first=("PATCH", "/archives/trial/webhooks/1", {"topics": ["failed"]}),
        second=("PATCH", "/archives/trial/webhooks/1", {"topics": ["built"], "state": "off"}),
        changed=["topics"],
        now={"topics": ["failed"]},
    ),
    "toolchain": Edit(
        prepared=(("POST", "/toolchains", SPEC),),
        place="/toolchains/gcc-x",
        first=("POST", "/toolchains", {**SPEC, "cflags": ["-O1"]}),
        second=("POST", "/toolchains", {**SPEC, "cflags": ["-O3"]}),
        changed=["revision"],
        now={"revision": 2},
    ),
}


@pytest.fixture
def ask(administrator: TestClient) -> Callable[..., Any]:
    def asked(deed: Deed, tag: str | None = None) -> Any:  # noqa: ANN401 - httpx's
        method, path, body = deed
        headers = {} if tag is None else {"If-Match": tag}
        return administrator.request(method, API + path, json=body, headers=headers)

    return asked


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_the_second_is_told_what_the_first_changed_and_can_go_on_knowingly(
    ask: Callable[..., Any], administrator: TestClient, edit: Edit
) -> None:
    for deed in edit.prepared:
        assert ask(deed).is_success
    seen = administrator.get(API + edit.place).headers["etag"]

    first, second = ask(edit.first, seen), ask(edit.second, seen)
    told = second.json()
    between = administrator.get(API + edit.place)
    again = ask(edit.second, between.headers["etag"])

    assert first.is_success, first.text
    assert second.headers["content-type"] == "application/problem+json"
    assert (second.status_code, told["reason"]) == (412, "changed-meanwhile")
    assert (told["changed"], told["now"]) == (edit.changed, edit.now)
    assert again.is_success, again.text


def test_what_a_builder_and_a_webhook_do_by_themselves_is_no_conflict(
    ask: Callable[..., Any], administrator: TestClient, installation: Installation
) -> None:
    for deed in (BUILDER, HOOK):
        ask(deed)
    tags = {
        place: administrator.get(API + place).headers["etag"]
        for place in ("/builders/host-7", "/archives/trial/webhooks/1")
    }
    ask(("POST", "/archives/trial/webhooks/1/tests", None))
    installation.services.webhooks.enqueue()

    paused = ask(("POST", "/builders/host-7/pauses", {"reason": "x"}), tags["/builders/host-7"])
    changed = ask(
        ("PATCH", "/archives/trial/webhooks/1", {"topics": ["failed"]}),
        tags["/archives/trial/webhooks/1"],
    )

    assert (paused.status_code, changed.status_code) == (200, 200)


def test_who_may_not_read_a_thing_learns_nothing_by_a_condition(
    ask: Callable[..., Any], anybody: TestClient
) -> None:
    for deed in (ANN, TEAM, HOOK):
        ask(deed)
    wrong = {"If-Match": '"x"'}
    places = {
        "POST /persons/ann/disablements", "DELETE /teams/kernel", "PUT /persons/ann/quota",
        "PATCH /archives/trial/webhooks/1", "POST /rights", "PUT /quotas/archive",
    }  # fmt: skip

    answers = [
        anybody.request(method, API + path, json={"builds": 1, "right": "view"}, headers=wrong)
        for method, path in map(str.split, sorted(places))
    ]

    assert {answer.status_code for answer in answers} <= {401, 422}
    assert all("changed" not in answer.json() for answer in answers)


def test_a_thing_that_is_made_anew_under_its_name_is_not_the_one_that_was_seen(
    ask: Callable[..., Any], administrator: TestClient
) -> None:
    ask(TEAM)
    seen = administrator.get(f"{API}/teams/kernel").headers["etag"]
    ask(("DELETE", "/teams/kernel", None))
    gone = ask(("DELETE", "/teams/kernel", None), seen)
    ask(("POST", "/teams", {"name": "other"}))
    ask(TEAM)

    again = ask(("DELETE", "/teams/kernel", None), seen)

    assert gone.status_code == 404
    assert (again.status_code, again.json()["changed"]) == (412, ["id"])


def test_a_robot_is_told_of_at_both_of_its_addresses_and_a_person_at_one(
    installation: Installation, administrator: TestClient
) -> None:
    administrator.post("/api/v1/persons", json={"name": "ann", "email": "ann@example.org"})
    body = {"name": "nightly-robot", "purpose": "asks", "answerable": "ann"}
    assert administrator.post("/api/v1/robots", json=body).status_code == 201

    robot, same, person = (
        administrator.get(f"/api/v1/{place}")
        for place in ("robots/nightly-robot", "persons/nightly-robot", "robots/ann")
    )

    assert robot.status_code == 200
    assert robot.json() == same.json()
    assert robot.headers["etag"] == same.headers["etag"]
    assert person.status_code == 404
    assert person.json()["detail"] == "ann is a person, and no robot"
    assert installation.client().get("/api/v1/robots/nightly-robot").status_code == 401
