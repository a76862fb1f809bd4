"""Calls of derivations: what an archive takes of its parents, and what would be otherwise."""

from collections.abc import Iterator, Mapping

from vostok.client.asking import Asking, filtered, part
from vostok.client.messages import (
    Derivation,
    DerivationWithDecisions,
    Job,
    Preview,
    PreviewRequest,
    SyncPlan,
    TakenSource,
)


class DerivationCalls(Asking):
    """Calls of derivations. Each change has a twin that only says what it would do."""

    def derivations(self, name: str) -> Iterator[Derivation]:
        """The derivations of an archive, the newest first."""
        return self._listed(Derivation, f"archives/{part(name)}/derivations", "derivations")

    def derivation(self, name: str, number: int) -> DerivationWithDecisions:
        """One derivation with its decisions."""
        path = f"archives/{part(name)}/derivations/{number}"
        return self._one(DerivationWithDecisions, "GET", path)

    def taken_sources(self, name: str, *, text: str = "") -> Iterator[TakenSource]:
        """The sources that an archive takes, by name, with the reason of each."""
        path = f"archives/{part(name)}/sources"
        return self._listed(TakenSource, path, "sources", filtered(text))

    def preview_selection(self, request: PreviewRequest) -> Preview:
        """What a selection takes of a suite; nothing is changed."""
        return self._one(Preview, "POST", "previews", request)

    def sync_archive(self, name: str, *, hold: str | None = None) -> Job:
        """The job that syncs an archive with its parents, but for the sources to hold."""
        return self._change(name, "syncs", {"hold": hold})

    def plan_sync(self, name: str, *, hold: str | None = None) -> SyncPlan:
        """What `sync_archive` would do."""
        return self._plan(name, "syncs", {"hold": hold})

    def select_sources(self, name: str, selection: str) -> Job:
        """The job that gives an archive another selection."""
        return self._change(name, "selections", {"selection": selection})

    def plan_selection(self, name: str, selection: str) -> SyncPlan:
        """What `select_sources` would do."""
        return self._plan(name, "selections", {"selection": selection})

    def remove_sources(self, name: str, selection: str) -> Job:
        """The job that takes sources out of an archive; they stay out at every sync."""
        return self._change(name, "removals", {"selection": selection})

    def plan_removal(self, name: str, selection: str) -> SyncPlan:
        """What `remove_sources` would do."""
        return self._plan(name, "removals", {"selection": selection})

    def restore_sources(self, name: str, selection: str) -> Job:
        """The job that takes removed sources in again."""
        return self._change(name, "restorations", {"selection": selection})

    def plan_restoration(self, name: str, selection: str) -> SyncPlan:
        """What `restore_sources` would do."""
        return self._plan(name, "restorations", {"selection": selection})

    def _change(self, name: str, kind: str, change: Mapping[str, object]) -> Job:
        body = {**_given(change), "dry_run": False}
        return self._one(Job, "POST", f"archives/{part(name)}/{kind}", body)

    def _plan(self, name: str, kind: str, change: Mapping[str, object]) -> SyncPlan:
        path = f"archives/{part(name)}/{kind}"
        return self._one(SyncPlan, "POST", path, {**_given(change), "dry_run": True})


def _given(change: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in change.items() if value is not None}
