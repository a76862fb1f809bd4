"""Somebody who signed in to a whole server's pages, and sends forms as a browser does."""

import re
from html.parser import HTMLParser
from typing import Any

from httpx2 import Response
from tests.entrypoints.installation import ADMINISTRATOR, URL, Installation

from vostok.domain.access import Role

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
ORIGIN = {"Origin": URL}


class Visitor:
    """A session with its client."""

    def __init__(self, installation: Installation, name: str, role: Role) -> None:
        services = installation.services
        services.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=role)
        services.sessions.set_password(ADMINISTRATOR, name, PASSWORD)
        self.client = installation.client()
        self.client.post("/sign-in", data={"name": name, "password": PASSWORD}, headers=ORIGIN)
        found = re.search(
            r'name="form_token" value="([0-9a-f]{64})"', self.client.get("/archives").text
        )
        assert found
        self.form_token = found[1]

    def get(self, path: str) -> Response:
        """A page."""
        return self.client.get(path)

    def send(self, path: str, **fields: Any) -> Response:  # noqa: ANN401 - a text or several
        """A form of this session."""
        data = {"form_token": self.form_token, **fields}
        return self.client.post(path, data=data, headers=ORIGIN)

    def send_form(self, shown: Response, action: str, **fields: Any) -> Response:  # noqa: ANN401 - as above
        """A form of a page with the fields that are written in it, and some that are filled in."""
        written = _Forms.of(shown.text)[action]
        return self.client.post(action, data={**written, **fields}, headers=ORIGIN)


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
