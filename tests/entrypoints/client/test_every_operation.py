"""The client has a method for every operation; what a real server answers is as its types say."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.entrypoints.installation import (
    ADMIN,
    Installation,
    fill,
    installation_in,
    listening,
)
from tests.entrypoints.parent_archive import ParentArchive

from vostok.client import (
    Client,
    ConflictProblemError,
    InvalidInputProblemError,
    NotAllowedProblemError,
    NotFoundProblemError,
    ProblemError,
)
from vostok.client.messages.quotas import Limits
from vostok.entrypoints import cli

WITHOUT_METHOD = {
    "comparison": "`compare` asks the same without a bound on the length of the selection",
}
COMMAND_LINE = Path(cli.__file__).parent
HOOK = "https://example.org/hook"
MAINTAINER = "Ann Other <ann@example.org>"
FILE_BYTES_MAX = 1_000_000


def items(found: Iterator[Any]) -> list[Any]:
    return list(islice(found, 10))


def outgoing_version(client: Client) -> str:
    """That of lamp's no-change source; asked again in these words it is the same."""
    plan = client.request_outgoing(
        "trial", {"selection": "lamp", "reason": "elsewhere", "maintainer": MAINTAINER}
    )
    return plan["sources"][0]["version"]


def dsc_of(client: Client) -> str:
    files = client.outgoing_parts("trial", "lamp", outgoing_version(client))["files"]
    return next(file["name"] for file in files if file["name"].endswith(".dsc"))


def begin(client: Client) -> str:
    """A position behind which there are news."""
    return client.archive_news("trial", limit=1)["next"]


def limits(*, archives: int | None = None, builds: int | None = None) -> Limits:
    return {"archives": archives, "builds": builds, "bytes": None}


def put_file(client: Client) -> None:
    with TemporaryDirectory() as directory:
        file = Path(directory) / "x_1.dsc"
        file.write_text("Format: 1.0\n")
        assert client.put_upload_file("trial", file) is None


def answered_with(kind: type[ProblemError], call: Callable[[], object]) -> None:
    with pytest.raises(kind):
        call()


none_there = partial(answered_with, NotFoundProblemError)
refused = partial(answered_with, InvalidInputProblemError)
conflicting = partial(answered_with, ConflictProblemError)


# In this order they are called: each may stand on what those before it did.
CALLS: dict[str, Callable[[Client], Any]] = {
    "status": lambda c: c.status(),
    "archives": lambda c: items(c.archives()),
    "archive": lambda c: c.archive("trial"),
    "import_archive": lambda c: (
        c.plan_import({"name": "debian", "suites": ["bookworm"]}),
        c.import_archive(
            {"name": "other", "suites": ["bookworm"], "mirror": "http://127.0.0.1:9"}
        ),
    ),
    "derive_archive": lambda c: c.derive_archive(
        {"name": "second", "parents": ["debian/bookworm"], "selection": "lamp"}
    ),
    "estimate_derivation": lambda c: c.estimate_derivation({"parents": ["debian/bookworm"]}),
    "change_archive": lambda c: c.change_archive("trial", {"policy": "on-request"}),
    "deletion": lambda c: c.deletion("trial"),
    "publish_archive": lambda c: (c.plan_publication("trial"), c.publish_archive("trial")),
    "publications": lambda c: items(c.publications("trial")),
    "keep_publication": lambda c: [
        keep("trial", next(c.publications("trial"))["number"], label="first")
        for keep in (c.plan_kept_publication, c.keep_publication)
    ],
    "release_publication": lambda c: [
        release("trial", next(c.publications("trial"))["number"])
        for release in (c.plan_released_publication, c.release_publication)
    ],
    "not_built": lambda c: items(c.not_built("trial")),
    "derivations": lambda c: items(c.derivations("trial")),
    "derivation": lambda c: c.derivation("trial", 1),
    "taken_sources": lambda c: items(c.taken_sources("trial")),
    "preview_selection": lambda c: c.preview_selection(
        {"parent": "debian/bookworm", "selection": "all"}
    ),
    "sync_archive": lambda c: c.sync_archive("trial"),
    "select_sources": lambda c: c.select_sources("trial", "*"),
    "remove_sources": lambda c: c.remove_sources("trial", "lamp"),
    "restore_sources": lambda c: c.restore_sources("trial", "lamp"),
    "plan_sync": lambda c: c.plan_sync("trial"),
    "plan_selection": lambda c: c.plan_selection("trial", "lamp"),
    "plan_removal": lambda c: c.plan_removal("trial", "lamp"),
    "plan_restoration": lambda c: refused(lambda: c.plan_restoration("trial", "lamp")),
    "compare": lambda c: c.compare({"left": "trial", "right": "debian"}),
    "create_toolchain": lambda c: c.create_toolchain("trial", {"cflags": ["-O1"]}),
    "toolchains": lambda c: items(c.toolchains()),
    "toolchain": lambda c: c.toolchain("trial"),
    "preflight": lambda c: c.preflight("trial", archive="trial"),
    "plan_rebuild": lambda c: c.plan_rebuild("trial", {"selection": "all", "reason": "again"}),
    "estimate_rebuild": lambda c: c.estimate_rebuild("trial", {"selection": "all"}),
    "campaigns": lambda c: items(c.campaigns("trial")),
    "campaign": lambda c: c.campaign("trial", 1),
    "campaign_builds": lambda c: items(c.campaign_builds("trial", 1)),
    "campaign_progress": lambda c: c.campaign_progress("trial", 1, ["built"], limit=2),
    "build": lambda c: c.build(1),
    "build_log": lambda c: c.build_log(1),
    "cancel_builds": lambda c: c.cancel_builds("trial", {"selection": "all", "dry_run": True}),
    "rescore_builds": lambda c: c.rescore_builds("trial", {"selection": "all", "score": 3}),
    "retry_builds": lambda c: c.retry_builds("trial", {"selection": "all"}),
    "cancel_build": lambda c: c.cancel_build(
        next(c.campaign_builds("trial", 1, states=["needs-build"]))["id"], reason="not now"
    ),
    "retry_build": lambda c: conflicting(lambda: c.retry_build(1)),
    "request_rebuild": lambda c: c.request_rebuild(
        "trial", {"selection": "all", "reason": "again", "score": 1}
    ),
    "compare_campaigns": lambda c: c.compare_campaigns("trial", 1, 2),
    "explain_version": lambda c: c.explain_version("trial", "lamp"),
    "request_outgoing": outgoing_version,
    "outgoing_parts": lambda c: c.outgoing_parts("trial", "lamp", outgoing_version(c)),
    "outgoing_file": lambda c: c.outgoing_file(
        "trial",
        "lamp",
        outgoing_version(c),
        dsc_of(c),
        Path("/dev/null"),
        bytes_max=FILE_BYTES_MAX,
    ),
    "uploads": lambda c: items(c.uploads("trial")),
    "upload": lambda c: none_there(lambda: c.upload("trial", 1)),
    "upload_file": lambda c: none_there(
        lambda: c.upload_file("trial", 1, "x.dsc", Path("/dev/null"), bytes_max=1)
    ),
    "put_upload_file": put_file,
    "archive_news": lambda c: c.archive_news("trial", topics=["requested"]),
    "campaign_news": lambda c: c.campaign_news("trial", 1),
    "archive_news_stream": lambda c: next(c.archive_news_stream("trial", cursor=begin(c))),
    "campaign_news_stream": lambda c: next(c.campaign_news_stream("trial", 1, cursor=begin(c))),
    "add_webhook": lambda c: c.add_webhook("trial", HOOK, topics=["built"]),
    "archive_webhooks": lambda c: items(c.archive_webhooks("trial")),
    "webhook": lambda c: c.webhook("trial", 1),
    "change_webhook": lambda c: c.change_webhook("trial", 1, topics=["failed"], state="on"),
    "test_webhook": lambda c: c.test_webhook("trial", 1),
    "redeliver": lambda c: none_there(lambda: c.redeliver("trial", 1, 999)),
    "remove_webhook": lambda c: c.remove_webhook("trial", 1),
    "own_subscriptions": lambda c: refused(lambda: items(c.own_subscriptions())),
    "subscribe": lambda c: refused(lambda: c.subscribe("trial", topics=["failed"])),
    "unsubscribe": lambda c: refused(lambda: c.unsubscribe(1)),
    "mail_address": lambda c: refused(c.mail_address),
    "ask_again": lambda c: refused(c.ask_again),
    "letters": lambda c: refused(lambda: items(c.letters())),
    "send_again": lambda c: refused(lambda: c.send_again(1)),
    "store_stats": lambda c: c.store_stats(),
    "verify_store": lambda c: c.verify_store(percent=50),
    "collect_store": lambda c: c.collect_store(dry_run=True),
    "search": lambda c: c.search("lamp"),
    "queue": lambda c: c.queue(),
    "jobs": lambda c: items(c.jobs(archive="trial")),
    "job": lambda c: c.job(next(c.jobs())["id"]),
    "job_log": lambda c: items(c.job_log(next(c.jobs())["id"])),
    "cancel_job": lambda c: c.cancel_job(c.store_stats()["id"]),
    "add_person": lambda c: c.add_person("ann", email="ann@example.org"),
    "persons": lambda c: items(c.persons()),
    "person": lambda c: c.person("ann"),
    "disable_person": lambda c: (c.plan_disablement("ann"), c.disable_person("ann")),
    "enable_person": lambda c: c.enable_person("ann"),
    "add_robot": lambda c: c.add_robot(
        "nightly-robot", purpose="asks for the nightly rebuild of trial", answerable="ann"
    ),
    "robots": lambda c: items(c.robots()),
    "robot": lambda c: c.robot("nightly-robot"),
    "change_robot": lambda c: c.change_robot("nightly-robot", purpose="asks for rebuilds"),
    "delete_robot": lambda c: c.delete_robot("nightly-robot"),
    "set_password": lambda c: c.set_password("ann", "twelve letters"),
    "log_in": lambda c: answered_with(
        NotAllowedProblemError, lambda: c.log_in("ann", "twelve letters", name="x", days=1)
    ),
    "change_password": lambda c: answered_with(
        NotAllowedProblemError,
        lambda: c.change_password("ann", old="twelve letters", new="other letters"),
    ),
    "reset_password": lambda c: c.reset_password("ann"),
    "vouch": lambda c: conflicting(lambda: c.vouch("ann")),
    "sessions": lambda c: items(c.sessions("ann")),
    "end_sessions": lambda c: c.end_sessions("ann"),
    "end_session": lambda c: none_there(lambda: c.end_session("ann", "0123456789abcdef")),
    "identities": lambda c: items(c.identities("ann")),
    "unlink_identity": lambda c: none_there(lambda: c.unlink_identity("ann", 1)),
    "link_identity": lambda c: none_there(lambda: c.link_identity("ann", 1)),
    "add_key": lambda c: refused(lambda: c.add_key("ann", certificate_base64="eA==")),
    "keys": lambda c: items(c.keys()),
    "revoke_key": lambda c: none_there(lambda: c.revoke_key("ann", "A" * 40)),
    "create_token": lambda c: c.create_token("ann", {"name": "laptop", "days": 3}),
    "tokens": lambda c: items(c.tokens()),
    "revoke_token": lambda c: c.revoke_token("ann", "laptop"),
    "add_team": lambda c: c.add_team("kernel"),
    "teams": lambda c: items(c.teams()),
    "put_into_team": lambda c: (
        c.plan_members("kernel", persons=["ann"], is_putting_in=True),
        c.put_into_team("kernel", persons=["ann"]),
    ),
    "team": lambda c: c.team("kernel"),
    "take_out_of_team": lambda c: (
        c.plan_members("kernel", persons=["ann"], is_putting_in=False),
        c.take_out_of_team("kernel", persons=["ann"]),
    ),
    "grant_right": lambda c: [
        grant("trial", {"right": "upload", "team": "kernel"})
        for grant in (c.plan_grant, c.grant_right)
    ],
    "archive_rights": lambda c: c.archive_rights("trial"),
    "revoke_right": lambda c: [
        revoke("trial", c.archive_rights("trial")["grants"][0]["number"])
        for revoke in (c.plan_revocation, c.revoke_right)
    ],
    "grant_general_right": lambda c: (
        c.plan_grant(None, {"right": "create", "person": "ann"}),
        c.grant_general_right({"right": "create", "person": "ann"}),
    ),
    "archive_persons": lambda c: items(c.archive_persons("trial")),
    "archive_person": lambda c: c.archive_person("trial", "ann"),
    "general_persons": lambda c: items(c.general_persons()),
    "general_person": lambda c: c.general_person("ann"),
    "general_rights": lambda c: items(c.general_rights()),
    "revoke_general_right": lambda c: c.revoke_general_right(next(c.general_rights())["number"]),
    "set_archive_quota": lambda c: (
        c.plan_quota("archive", "trial", limits(builds=1)),
        c.set_archive_quota("trial", limits(builds=10_000)),
    ),
    "archive_quota": lambda c: (c.archive_quota("trial"), c.seen_archive_quota("trial")),
    "remove_archive_quota": lambda c: (
        c.plan_quota("archive", "trial", None),
        c.remove_archive_quota("trial"),
    ),
    "set_person_quota": lambda c: c.set_person_quota("ann", limits(archives=5)),
    "person_quota": lambda c: c.person_quota("ann"),
    "remove_person_quota": lambda c: c.remove_person_quota("ann"),
    "set_team_quota": lambda c: c.set_team_quota("kernel", limits(archives=9)),
    "team_quota": lambda c: c.team_quota("kernel"),
    "remove_team_quota": lambda c: c.remove_team_quota("kernel"),
    "set_default_quota": lambda c: c.set_default_quota("person", limits(archives=9)),
    "default_quota": lambda c: c.default_quota("archive"),
    "quotas": lambda c: items(c.quotas()),
    "remove_default_quota": lambda c: c.remove_default_quota("person"),
    "add_builder": lambda c: c.add_builder("host-7"),
    "builders": lambda c: items(c.builders()),
    "builder": lambda c: c.builder("host-7"),
    "pause_builder": lambda c: c.pause_builder("host-7", "a disk"),
    "resume_builder": lambda c: c.resume_builder("host-7"),
    "renew_builder_token": lambda c: c.renew_builder_token("host-7"),
    "revoke_builder_token": lambda c: c.revoke_builder_token("host-7"),
    "remove_builder": lambda c: c.remove_builder("host-7", "returned"),
    "delete_team": lambda c: [
        delete("kernel") for delete in (c.plan_team_deletion, c.delete_team)
    ],
    "set_visibility": lambda c: [
        set_it("trial", is_private=True) for set_it in (c.plan_visibility, c.set_visibility)
    ],
    "audit": lambda c: items(c.audit({"archive": "trial"})),
    "delete_archive": lambda c: c.delete_archive("trial"),
}


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, parent_archive: ParentArchive
) -> Iterator[tuple[Installation, Client]]:
    installation = installation_in(tmp_path_factory.mktemp("client") / "root")
    fill(installation, parent_archive)
    token = ADMIN["Authorization"].removeprefix("Bearer ")
    with listening(installation.app) as url, Client(url, token, retries_max=0) as client:
        yield installation, client


def test_every_operation_of_the_description_has_a_method(unchanged: Installation) -> None:
    described = {
        operation["operationId"]
        for item in unchanged.app.openapi()["paths"].values()
        for operation in item.values()
    }

    missing = {name for name in described if not callable(getattr(Client, name, None))}

    assert missing == set(WITHOUT_METHOD)
    assert described - CALLS.keys() == set(WITHOUT_METHOD)


def test_the_command_line_asks_only_what_has_a_method() -> None:
    modules = {path.name: path.read_text() for path in COMMAND_LINE.rglob("*.py")}

    around = {name for name, text in modules.items() if re.search(r"\.ask\(|transport", text)}

    assert len(modules) > 30
    assert around == set()


def test_what_a_server_answers_is_as_the_types_say(
    served: tuple[Installation, Client],
) -> None:
    """The client checks each answer itself: a wrong one raises `ServerFaultError`."""
    installation, client = served
    faults = {}

    for name, call in CALLS.items():
        try:
            call(client)
        except Exception as fault:  # noqa: BLE001 - all are told together
            faults[name] = f"{type(fault).__name__}: {fault}"
        installation.do_jobs()

    assert not faults, "\n".join(f"{name}: {fault}" for name, fault in faults.items())
