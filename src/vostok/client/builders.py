"""Calls of builders, as people manage them."""

from collections.abc import Iterator, Sequence

from vostok.client.asking import Asking, filtered, part
from vostok.client.messages.builders import Builder, NewBuilder


class BuilderCalls(Asking):
    """Calls of builders, as people manage them."""

    def builders(self, *, text: str = "", states: Sequence[str] = ()) -> Iterator[Builder]:
        """All builders by name with what they do, those that were removed too."""
        return self._listed(Builder, "builders", "builders", filtered(text, states=states))

    def builder(self, name: str) -> Builder:
        """One builder with what it does."""
        return self._one(Builder, "GET", f"builders/{part(name)}")

    def add_builder(self, name: str) -> NewBuilder:
        """A builder that is let in, with its token, which is told only now."""
        return self._one(NewBuilder, "POST", "builders", {"name": name})

    def pause_builder(self, name: str, reason: str) -> Builder:
        """A builder that finishes what it builds, and gets nothing more."""
        return self._one(Builder, "POST", f"builders/{part(name)}/pauses", {"reason": reason})

    def resume_builder(self, name: str) -> Builder:
        """A builder that gets builds again."""
        return self._one(Builder, "POST", f"builders/{part(name)}/resumptions")

    def remove_builder(self, name: str, reason: str) -> Builder:
        """A builder that is let in no more; what it was building is built elsewhere."""
        return self._one(Builder, "POST", f"builders/{part(name)}/removals", {"reason": reason})

    def renew_builder_token(self, name: str) -> NewBuilder:
        """A builder with a new token, which is told only now; its former one opens nothing."""
        return self._one(NewBuilder, "POST", f"builders/{part(name)}/token")

    def revoke_builder_token(self, name: str) -> Builder:
        """A builder whose token opens nothing any more."""
        return self._one(Builder, "DELETE", f"builders/{part(name)}/token")
