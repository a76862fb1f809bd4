"""What holds in any order of requests, builds, uploads, retries, cancels, syncs, publications."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.services.build_machine import BuildMachine
from tests.services.installation import (
    ADMINISTRATOR,
    Installation,
    Template,
    make_installation,
)
from tests.services.signed_upload import Uploader, local
from tests.services.uploaded_builds import built

from vostok.debian.stanza import Stanza, parse_stanza
from vostok.debian.version import Version
from vostok.domain.attempt import Outcome
from vostok.domain.build import LIVE_STATES, Build, BuildState, Reach
from vostok.errors import VostokError
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.rebuilding.planning import RebuildRequest

if TYPE_CHECKING:
    from tests.services.packages import TinySource

SOURCES = ("hello", "static", "libfoo")
Shown = dict[str, tuple[str, str]]
"""Package -> (version, SHA-256)."""


class Archive(RuleBasedStateMachine):
    """The archive `trial` in the hands of many people."""

    template: ClassVar[Template]

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.world: Installation = make_installation(Path(self.directory.name), self.template)
        self.world.publish()
        self.machine = BuildMachine(self.world)
        self.uploader = Uploader(self.world)
        self.uploaded: dict[str, TinySource] = {}
        self.built: dict[int, tuple[object, ...]] = {}
        self.highest: dict[str, int] = {}
        self.known: set[int] = set()
        self.bytes: dict[tuple[str, str], str] = {}
        self.shown: Shown = self.now_shown()
        self.may_shrink = False

    def teardown(self) -> None:
        self.world.database.engine.dispose()
        self.directory.cleanup()

    # What people and builders do ---------------------------------------------------------------

    @rule(source=st.sampled_from(SOURCES), profiles=st.sampled_from([[], [], ["stage1"]]))
    def ask(self, source: str, profiles: list[str]) -> None:
        self.try_it(
            lambda: self.world.rebuilding.request(
                ADMINISTRATOR,
                RebuildRequest(
                    archive="trial", selection=source, reason="a test", build_profiles=profiles
                ),
            )
        )

    @rule(is_good=st.sampled_from([True, True, False]))
    def build(self, is_good: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        claim = self.machine.find_claim()
        if claim is None:
            return
        if not is_good:
            self.machine.report(claim, Outcome.FAILED, "no")
        elif claim.version in self.uploaded:
            self.machine.send(claim, built(claim, self.uploaded[claim.version]).files)
            self.machine.report(claim)
        else:
            self.machine.finish(claim)
        self.world.engine.run_all()

    @rule()
    def upload(self) -> None:
        source = local(f"1.2-3+local{len(self.uploaded) + 1}")
        self.uploaded[source.version] = source
        self.try_it(lambda: self.uploader.upload(source))

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        if builds := self.builds():
            chosen = data.draw(st.sampled_from(builds)).id
            self.try_it(lambda: self.world.builds.retry(ADMINISTRATOR, chosen))

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if builds := self.builds():
            chosen = data.draw(st.sampled_from(builds)).id
            self.try_it(lambda: self.world.builds.cancel(ADMINISTRATOR, chosen))

    @rule(what=st.sampled_from(["remove", "restore"]), source=st.sampled_from(SOURCES))
    def change(self, what: str, source: str) -> None:
        request = SyncRequest(archive="trial", **{what: source})  # type: ignore[arg-type]  # one of two texts
        self.may_shrink = True
        self.try_it(lambda: self.world.syncing.request(ADMINISTRATOR, request))

    @rule()
    def publish(self) -> None:
        self.world.publish()

    def try_it(self, do: object) -> None:
        """Do it, or be refused; and whatever jobs come of it."""
        assert callable(do)
        try:
            do()
        except VostokError:
            pass
        else:
            self.world.engine.run_all()

    # What holds --------------------------------------------------------------------------------

    @invariant()
    def built_records_never_change(self) -> None:
        """I1."""
        with self.world.database.read() as transaction:
            attempts = transaction.builds.attempts([build.id for build in self.builds()])
        for build in self.builds():
            facts = (
                build.state, build.version, build.rebuild_no, build.form, build.reach,
                build.sentence, build.created_at, build.finished_at, attempts.get(build.id),
            )  # fmt: skip
            if build.state is BuildState.BUILT:
                assert self.built.setdefault(build.id, facts) == facts
            else:
                assert build.id not in self.built

    @invariant()
    def one_build_of_a_slot_is_live_and_numbers_rise(self) -> None:
        """I2 and I3."""
        builds = self.builds()
        live = [(b.source_id, b.architecture) for b in builds if b.state in LIVE_STATES]
        assert len(live) == len(set(live))
        highest = dict(self.highest)
        for build in builds:
            if build.id not in self.known:
                assert build.rebuild_no > self.highest.get(build.source, 0)
                highest[build.source] = max(highest.get(build.source, 0), build.rebuild_no)
        self.highest, self.known = highest, {build.id for build in builds}

    @invariant()
    def clients_lose_nothing_and_see_one_of_each(self) -> None:
        """I4, I5, I6; and nothing of what was built under a profile."""
        shown = self.now_shown()
        for name, (version, sha256) in shown.items():
            assert self.bytes.setdefault((name, version), sha256) == sha256
        if not self.may_shrink:
            assert self.shown.keys() <= shown.keys()
            for name, (version, _) in self.shown.items():
                assert not Version.parse(shown[name][0]) < Version.parse(version)
        self.shown, self.may_shrink = shown, False
        hidden = {b.version for b in self.builds() if b.reach is not Reach.PUBLICATION}
        assert hidden.isdisjoint(version for version, _ in shown.values())

    @invariant()
    def sources_of_what_is_published_are_published(self) -> None:
        """I7."""
        sources = {(s["Package"], s["Version"]) for s in self.stanzas("main/source/Sources")}
        for stanza in self.stanzas("main/binary-amd64/Packages"):
            name, _, version = stanza.get("Source", stanza["Package"]).partition(" ")
            assert (name, version.strip("()") or stanza["Version"]) in sources

    def builds(self) -> list[Build]:
        with self.world.database.read() as transaction:
            archive = transaction.archives.named("trial")
            return transaction.builds.chosen(
                archive.id, ids=None, states=(), campaign=None, sources=None
            )

    def now_shown(self) -> Shown:
        stanzas = self.stanzas("main/binary-amd64/Packages")
        names = [stanza["Package"] for stanza in stanzas]
        assert len(names) == len(set(names))
        return {s["Package"]: (s["Version"], s["SHA256"]) for s in stanzas}

    def stanzas(self, path: str) -> list[Stanza]:
        text = self.world.plain_index("trial", path).decode()
        return [parse_stanza(part) for part in text.split("\n\n") if part.strip()]


def test_the_invariants_hold_in_any_order_of_events(with_trial: Template) -> None:
    class OfThisTemplate(Archive):
        template = with_trial

    run_state_machine_as_test(
        OfThisTemplate,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
