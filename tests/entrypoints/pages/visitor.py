"""Persons who have signed in to the pages of a whole server, and the forms that they send."""

# ruff: noqa: S105 - passwords of nobody

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from fastapi.testclient import TestClient
from httpx2 import Response
from tests.entrypoints.installation import ADMINISTRATOR, URL, Installation

from vostok.domain.access import Role

PASSWORD = "correct horse battery"
ORIGIN = {"Origin": URL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A browser with a session, and the token that its forms carry."""

    client: TestClient
    form_token: str

    def get(self, path: str, **query: str | list[str]) -> Response:
        """A page."""
        return self.client.get(path, params=query or None)

    def text(self, path: str) -> str:
        """The text of a page that is there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, **fields: str | list[str]) -> Response:
        """A form of one of the pages, as a browser sends it."""
        data = {"form_token": self.form_token, **fields}
        return self.client.post(path, data=data, headers=ORIGIN)

    def send_form(self, shown: Response, action: str, **fields: str | list[str]) -> Response:
        """A form of a page with the fields that are written in it, and some that are filled in."""
        written = _Forms.of(shown.text)[action]
        return self.client.post(action, data={**written, **fields}, headers=ORIGIN)


def add_person(
    installation: Installation, name: str, role: Role = Role.MEMBER, password: str = PASSWORD
) -> None:
    """A person with a password."""
    services = installation.services
    services.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=role)
    services.passwords.give(ADMINISTRATOR, name, password)


def sign_in(installation: Installation, name: str, password: str = PASSWORD) -> Visitor:
    """A new session of a person."""
    client = installation.client()
    answer = client.post("/sign-in", data={"name": name, "password": password}, headers=ORIGIN)
    assert answer.status_code == 303, answer.text
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', client.get("/archives").text)
    assert found
    return Visitor(client=client, form_token=found[1])


def newcomer(installation: Installation, name: str, role: Role) -> Visitor:
    """Somebody with a role who has just signed in for the first time."""
    add_person(installation, name, role)
    return sign_in(installation, name)


class _Forms(HTMLParser):
    """The hidden fields of each form of a page, by its address."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._current: dict[str, str] = {}

    @classmethod
    def of(cls, text: str) -> dict[str, dict[str, str]]:
        forms = cls()
        forms.feed(text)
        return forms.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._current = self.found.setdefault(given.get("action", ""), {})
        if tag == "input" and given.get("type") == "hidden":
            self._current[given["name"]] = given.get("value", "")
