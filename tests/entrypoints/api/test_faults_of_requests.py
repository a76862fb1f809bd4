"""What is wrong with a request is said in one form: problem+json, field by field."""

import json

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.api.test_access import PARAMETERS
from tests.entrypoints.installation import Installation

from vostok.domain.build_change import CHOSEN_IDS_MAX
from vostok.entrypoints.api.body_bounds import KEYS_MAX, VALUES_MAX

PROBLEM = "application/problem+json"


@pytest.fixture
def installation(unchanged: Installation) -> Installation:
    """Nothing here changes anything."""
    return unchanged


def test_a_field_that_nobody_knows_is_refused_by_name(administrator: TestClient) -> None:
    body = {"name": "x", "parents": ["debian/bookworm"], "architecture": "amd64"}

    answer = administrator.post("/api/v1/archives", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["code"] == "invalid-input"
    assert [fault["field"] for fault in answer.json()["errors"]] == ["architecture"]
    assert "architecture" in answer.json()["detail"]


def test_a_parameter_that_nobody_knows_is_refused_with_those_that_are_known(
    anybody: TestClient,
) -> None:
    answer = anybody.get("/api/v1/jobs?archiv=trial&archive=trial")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM
    (fault,) = answer.json()["errors"]
    assert fault["field"] == "archiv"
    assert "there are " in fault["detail"]
    assert "archive" in fault["detail"]
    assert "openapi.json" in answer.json()["hint"]


def test_an_address_that_takes_no_parameters_says_so(anybody: TestClient) -> None:
    answer = anybody.get("/api/v1/archives/trial?page=2")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "field": "page",
            "code": "unknown",
            "detail": "no such parameter; there are none here",
        }
    ]


def test_a_page_passes_over_what_a_link_elsewhere_added(anybody: TestClient) -> None:
    answer = anybody.get("/archives/trial/?from=mail")

    assert answer.status_code == 200


def test_every_fault_is_named_at_once(administrator: TestClient) -> None:
    body = {"selection": 1, "toolchain": ["a"], "dry_run": "perhaps"}

    answer = administrator.post("/api/v1/archives/trial/campaigns", json=body)

    fields = {fault["field"] for fault in answer.json()["errors"]}
    assert answer.status_code == 422
    assert fields == {"selection", "reason", "toolchain", "dry_run"}


def test_parameters_and_body_are_judged_together_with_the_rules_of_the_domain(
    administrator: TestClient,
) -> None:
    body = {
        "name": "Not A Name",
        "parents": ["debian/", "debian/bookworm:100"],
        "selection": "lamp, Wrong",
        "tag": "7",
        "mode": "half",
        "colour": "red",
    }

    answer = administrator.post("/api/v1/archives?dry=1", json=body)

    assert answer.status_code == 422
    assert {fault["field"]: fault["code"] for fault in answer.json()["errors"]} == {
        "dry": "unknown",
        "name": "not-acceptable",
        "parents.0": "not-acceptable",
        "parents.1": "not-acceptable",
        "selection": "selection-wrong",
        "tag": "not-acceptable",
        "mode": "not-a-choice",
        "colour": "unknown",
    }


def test_a_fault_of_every_kind_has_its_code(administrator: TestClient) -> None:
    body = {
        "reason": 7,
        "selection": "x" * 2_000_001,
        "older_than": 1 << 31,
        "control": "one",
        "architectures": ["amd64"] * 1_001,
        "toolchain": "a\x00b",
    }

    answer = administrator.post("/api/v1/archives/trial/campaigns", json=body)

    assert {fault["field"]: fault["code"] for fault in answer.json()["errors"]} == {
        "reason": "wrong-type",
        "selection": "too-long",
        "older_than": "out-of-range",
        "control": "malformed",
        "architectures": "too-long",
        "toolchain": "not-acceptable",
    }


def test_a_body_is_refused_wherever_none_is_taken_and_one_that_is_empty_is_none(
    installation: Installation, anybody: TestClient
) -> None:
    """Passed over, one that asks for a dry run would have the deed be done."""
    bodyless = [
        (method.upper(), path, {known["name"] for known in described.get("parameters", [])})
        for path, item in installation.app.openapi()["paths"].items()
        for method, described in item.items()
        if method in {"post", "patch", "delete"} and "requestBody" not in described
    ]
    taken, wrong = [], []

    for method, path, parameters in bodyless:
        address = path.format(**PARAMETERS)
        taken += [
            anybody.request(method, address, content=content).status_code
            for content in (b"", b" { }\n", b"{}")
        ]
        for content in (b"{", b"[]", b"null", b"{" + b'"x": 1,' * 100_000):
            answer = anybody.request(method, address, content=content)
            wrong.append([fault["detail"] for fault in answer.json()["errors"]])
        answer = anybody.request(method, address, json={"dry_run": True, "reason": "x"})
        faults = {fault["field"]: fault["detail"] for fault in answer.json()["errors"]}
        of_query = "; dry_run is a parameter of the query" * ("dry_run" in parameters)
        wrong.append([faults["dry_run"].removesuffix(of_query), faults["reason"]])
        if of_query:
            assert answer.json()["hint"] == "put it into the address: ?dry_run=VALUE"

    assert set(taken) == {401}
    assert {text for told in wrong for text in told} == {"no body is taken here"}
    assert len(bodyless) > 20


def test_what_is_told_of_thousands_of_faults_is_bounded(administrator: TestClient) -> None:
    body = {f"{'x' * 500}{number}": number for number in range(4_000)}

    answer = administrator.post(
        "/api/v1/teams",
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 50
    assert len(answer.content) < 20_000


@pytest.mark.parametrize(
    "body",
    [
        {str(number): 1 for number in range(KEYS_MAX + 1)},
        {"name": "x", "parents": {str(number): 1 for number in range(KEYS_MAX + 1)}},
        {"parents": [1] * (VALUES_MAX + 1)},
        {"parents": [[1] * 1_000] * (VALUES_MAX // 1_000 + 1)},
    ],
    ids=["keys", "keys within", "values", "values within"],
)
def test_a_body_that_holds_too_much_is_one_fault_whoever_sends_it(
    anybody: TestClient, body: object
) -> None:
    answer = anybody.post("/api/v1/archives", json=body)

    assert answer.status_code == 422
    assert [fault["code"] for fault in answer.json()["errors"]] == ["too-long"]
    assert "at most" in answer.json()["detail"]


def test_as_many_builds_as_may_be_chosen_are_read(anybody: TestClient) -> None:
    chosen = anybody.post(
        "/api/v1/archives/trial/retries", json={"ids": list(range(1, CHOSEN_IDS_MAX + 1))}
    )
    wrong = anybody.post("/api/v1/archives/trial/retries", json={"ids": ["x"] * 1_000})

    assert chosen.status_code == 401
    assert [fault["field"] for fault in wrong.json()["errors"]] == ["ids.0"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 99_999],
    ids=["nothing", "half", "list", "null", "text", "no text", "deep"],
)
def test_a_body_that_is_no_object_is_refused(administrator: TestClient, content: bytes) -> None:
    answer = administrator.post(
        "/api/v1/archives", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["detail"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_a_foreign_page_could_send_is_refused(
    administrator: TestClient, content_type: str
) -> None:
    content = json.dumps({"name": "x", "parents": ["debian/bookworm"]})

    answer = administrator.post(
        "/api/v1/archives", content=content, headers={"Content-Type": content_type}
    )

    assert answer.status_code == 422


def test_a_body_that_announces_too_much_is_refused_unread(administrator: TestClient) -> None:
    content = b'{"name": "' + b"x" * (8 << 20) + b'"}'

    answer = administrator.post(
        "/api/v1/archives", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413
    assert answer.headers["content-type"] == PROBLEM
    assert str(8 << 20) in answer.json()["detail"]


def test_a_body_that_announces_nothing_is_counted(administrator: TestClient) -> None:
    pieces = (b"x" * (1 << 20) for _ in range(9))

    answer = administrator.post(
        "/api/v1/archives", content=pieces, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 201),
        ("selection", "x" * 2_000_001),
        ("architectures", ["amd64"] * 1_001),
        ("parent", "debian\x00/bookworm"),
        ("selection", "\ud800"),
    ],
    ids=["long name", "long selection", "many architectures", "null", "half a character"],
)
def test_a_value_beyond_its_bounds_is_refused(
    administrator: TestClient, field: str, value: object
) -> None:
    body = {"name": "x", "parents": ["debian/bookworm"], field: value}

    answer = administrator.post(
        "/api/v1/archives",
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "place",
    [
        "builds/0",
        "builds/-1",
        "builds/99999999999999999999",
        "builds/one",
        "builds/1/log?offset=-1",
        "builds/1/log?offset=99999999999999999999",
        "builds/1/log?attempt=99999999999999999999",
        "archives/trial/campaigns/99999999999999999999",
        "archives/" + "x" * 300,
        "jobs?archive=" + "x" * 300,
    ],
)
def test_a_number_or_name_that_none_has_is_refused(anybody: TestClient, place: str) -> None:
    answer = anybody.get(f"/api/v1/{place}")

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 1


@pytest.mark.parametrize(
    "place",
    ["/api/v1/archives/a%00b", "/api/v1/jobs?archive=a%00b", "/archives/a%00b/", "/%00"],
)
def test_no_address_holds_a_null_character(anybody: TestClient, place: str) -> None:
    answer = anybody.get(place)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM


def test_an_unknown_address_is_a_problem_even_for_a_browser(anybody: TestClient) -> None:
    answer = anybody.get("/api/v1/nothing", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["code"] == "not-found"
    assert "/api/v1/nothing" in answer.json()["detail"]


def test_a_method_that_an_address_lacks_is_named(anybody: TestClient) -> None:
    answer = anybody.put("/api/v1/archives/trial")
    of_a_page = anybody.delete("/archives/trial/")

    assert answer.status_code == of_a_page.status_code == 405
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["allow"] == "DELETE, GET, PATCH"
    assert answer.json()["title"] == "method not allowed"
    assert answer.json()["detail"] == "PUT is no method of this address"
    assert answer.json()["hint"].startswith("it takes DELETE, GET, PATCH; ")
    assert "GET" in of_a_page.headers["allow"].split(", ")


def test_a_fault_of_ours_is_a_problem_that_tells_no_secrets(installation: Installation) -> None:
    @installation.app.get("/api/v1/broken", include_in_schema=False)
    def broken() -> None:
        raise RuntimeError("secret")

    answer = installation.client().get("/api/v1/broken")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["code"] == "bug"
    assert "secret" not in answer.text
