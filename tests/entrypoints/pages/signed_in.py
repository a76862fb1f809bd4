"""People who are signed in to the pages of a whole server."""

import re
from dataclasses import dataclass

from fastapi.testclient import TestClient
from httpx2 import Response
from tests.entrypoints.installation import ADMINISTRATOR, URL, Installation

from vostok.domain.access import Role

PASSWORD = "correct horse battery"  # noqa: S105 - nobody's
ORIGIN = {"Origin": URL}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody at a browser."""

    client: TestClient

    def get(self, path: str, **query: str | list[str]) -> Response:
        """Look at a page."""
        return self.client.get(path, params=query or None)

    def send(self, path: str, **fields: str | list[str]) -> Response:
        """Send a form of this server."""
        data = {**fields, "form_token": self._form_token()}
        return self.client.post(path, data=data, headers=ORIGIN)

    def _form_token(self) -> str:
        found = re.search(
            r'name="form_token" value="([0-9a-f]{64})"', self.client.get("/archives").text
        )
        assert found
        return found[1]


def signed_in(installation: Installation, name: str, role: Role) -> Person:
    """Somebody with a role who has just signed in."""
    services = installation.services
    services.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=role)
    services.sessions.set_password(ADMINISTRATOR, name, PASSWORD)
    client = installation.client()
    answer = client.post("/sign-in", data={"name": name, "password": PASSWORD}, headers=ORIGIN)
    assert answer.status_code == 303
    return Person(client=client)
