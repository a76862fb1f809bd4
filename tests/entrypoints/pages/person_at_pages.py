"""Persons who have signed in to the pages of a whole server, and the forms that they send."""

# ruff: noqa: S105 - passwords of nobody

import re
from dataclasses import dataclass

from fastapi.testclient import TestClient
from httpx2 import Response
from tests.entrypoints.installation import ADMINISTRATOR, URL, Installation

from vostok.domain.access import Role

PASSWORD = "correct horse battery"
ORIGIN = {"Origin": URL}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A browser with a session, and the token that its forms carry."""

    client: TestClient
    form_token: str

    def get(self, path: str) -> Response:
        return self.client.get(path)

    def text(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, **fields: str) -> Response:
        """A form of one of the pages, as a browser sends it."""
        data = {"form_token": self.form_token, **fields}
        return self.client.post(path, data=data, headers=ORIGIN)


def add_person(
    installation: Installation, name: str, role: Role = Role.MEMBER, password: str = PASSWORD
) -> None:
    """A person with a password."""
    services = installation.services
    services.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=role)
    services.sessions.set_password(ADMINISTRATOR, name, password)


def sign_in(installation: Installation, name: str, password: str = PASSWORD) -> SignedIn:
    """A new session of a person."""
    client = installation.client()
    answer = client.post("/sign-in", data={"name": name, "password": password}, headers=ORIGIN)
    assert answer.status_code == 303, answer.text
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', client.get("/archives").text)
    assert found
    return SignedIn(client=client, form_token=found[1])
