"""Builders over the API, and what the gateway says to one that is paused or removed."""

from fastapi.testclient import TestClient
from tests.entrypoints.installation import BUILDER, Builder, Installation

BUILDERS = "/api/v1/builders"
CLAIM = {"builder": "host-7", "architectures": ["amd64"]}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_builder_is_added_builds_is_paused_and_removed(
    installation: Installation, administrator: TestClient
) -> None:
    added = administrator.post(BUILDERS, json={"name": "host-7"})
    gateway = installation.client(bearer(added.json()["token"]))
    claimed = gateway.post("/builder/claim", json=CLAIM)

    paused = administrator.post(f"{BUILDERS}/host-7/pauses", json={"reason": "a disk"})
    while_paused = gateway.post("/builder/claim", json=CLAIM)
    removed = administrator.post(f"{BUILDERS}/host-7/removals", json={"reason": "returned"})
    after = gateway.post("/builder/claim", json=CLAIM)

    assert (added.status_code, claimed.status_code) == (201, 200)
    assert (paused.json()["state"], paused.json()["reason"]) == ("paused", "a disk")
    assert [build["build"] for build in paused.json()["at_work"]] == [claimed.json()["build_id"]]
    assert while_paused.status_code == 204
    assert (removed.json()["state"], removed.json()["has_token"]) == ("removed", False)
    assert removed.json()["at_work"] == []
    assert after.status_code == 401
    build = administrator.get(f"/api/v1/builds/{claimed.json()['build_id']}").json()
    assert build["state"] == "needs-build"


def test_a_token_is_told_once_and_replaced(
    installation: Installation, administrator: TestClient
) -> None:
    token = administrator.post(BUILDERS, json={"name": "host-7"}).json()["token"]
    first = installation.client(bearer(token))

    told = administrator.get(f"{BUILDERS}/host-7").json()
    second = administrator.post(f"{BUILDERS}/host-7/token")
    revoked = administrator.delete(f"{BUILDERS}/host-7/token")

    assert "token" not in told
    assert second.status_code == 201
    assert second.json()["token"] != token
    assert first.post("/builder/claim", json=CLAIM).status_code == 401
    assert (revoked.status_code, revoked.json()["has_token"]) == (200, False)
    later = installation.client(bearer(second.json()["token"]))
    assert later.post("/builder/claim", json=CLAIM).status_code == 401


def test_the_token_of_all_builders_is_refused_to_one_that_was_removed(
    installation: Installation, builder: Builder, administrator: TestClient
) -> None:
    claim = builder.claim()
    name = administrator.get(BUILDERS).json()["builders"][0]["name"]

    administrator.post(f"{BUILDERS}/{name}/removals", json={"reason": "returned"})
    asked = {"builder": name, "architectures": ["amd64"]}
    answer = installation.client(BUILDER).post("/builder/claim", json=asked)

    assert claim is not None
    assert answer.status_code == 403
    assert "was removed by administrator: returned" in answer.json()["detail"]


def test_faults_of_all_fields_are_told(administrator: TestClient) -> None:
    for path, body in (
        (BUILDERS, {"name": "a b"}),
        (f"{BUILDERS}/x/pauses", {"reason": " "}),
        (f"{BUILDERS}/x/pauses", {}),
    ):
        answer = administrator.post(path, json=body)

        assert answer.status_code == 422
        assert answer.json()["errors"]
