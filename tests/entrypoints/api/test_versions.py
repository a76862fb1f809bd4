"""Proofs of versions through the API."""

from tests.entrypoints.installation import ADMIN, Installation

PROOF = "/api/v1/archives/trial/versions/lamp"


def test_a_proof_is_of_the_archive_s_scheme_or_of_one_that_is_asked_for(
    installation: Installation,
) -> None:
    client = installation.client(ADMIN)

    own = client.get(PROOF).json()
    other = client.get(PROOF, params={"scheme": "vendor", "vendor": "acme"}).json()

    assert (own["scheme"], own["result"]) == ("safe", "warned")  # it is native
    assert other["version"].endswith("acme1")
    assert {line["result"] for line in own["comparisons"]} == {"holds", "warned"}


def test_a_base_can_be_supposed(installation: Installation) -> None:
    client = installation.client(ADMIN)

    answer = client.get(PROOF, params={"base": "1:9-9+b7", "purpose": "changed"}).json()

    assert answer["version"].startswith("1:9-9+c0")
    assert answer["result"] == "warned"


def test_what_is_not_there_is_404_and_what_is_malformed_422(installation: Installation) -> None:
    client = installation.client(ADMIN)

    assert client.get("/api/v1/archives/trial/versions/none-such").status_code == 404
    assert client.get("/api/v1/archives/none/versions/lamp").status_code == 404
    assert client.get(PROOF, params={"base": "-"}).status_code == 422
    assert client.get(PROOF, params={"scheme": "mine"}).status_code == 422
