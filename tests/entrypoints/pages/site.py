"""A whole server with something on every page, and an address for each of its pages."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from starlette.routing import Route
from tests.entrypoints.installation import (
    ADMIN,
    ADMINISTRATOR,
    Builder,
    Document,
    Installation,
    address,
    assert_done,
    built_lamp,
    installation_in,
    listening,
    token,
)
from tests.entrypoints.pages.visitor import add_person

from vostok.adapters.content_store import LocalContentStore
from vostok.domain.access import Role
from vostok.domain.identity import Identity
from vostok.domain.quota import EVERY_ARCHIVE, Limits, Subject, SubjectKind
from vostok.domain.rights import Holder, HolderKind, Right, SourceLimit
from vostok.domain.upload import NewUpload, SentFile, UploadState
from vostok.entrypoints.pages import create_router
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.people.persons import TokenRequest
from vostok.services.people.rights import GrantRequest
from vostok.services.people.robots import RobotRequest
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.telling.webhooks import WebhookRequest

WHO: Final = "ada"
"""The administrator who looks at the pages."""

LAMP = "/archives/trial/builds/lamp/1/amd64"
MANUAL = "/archives/trial/builds/manual/1/all"
BUILD: Final = "/archives/{name}/builds/{source}/{rebuild_no}/{architecture}"
ADDRESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "/api": ("/api", "/api?q=nothing+of+this"),
    "/api/{group}": ("/api/campaigns",),
    "/archives": ("/archives",),
    "/archives/derive": ("/archives/derive",),
    "/archives/import": ("/archives/import", "/archives/import?archive=debian"),
    "/archives/{name}/": ("/archives/trial/", "/archives/debian/", "/archives/young/"),
    BUILD: (LAMP, MANUAL),
    f"{BUILD}/log": (f"{LAMP}/log",),
    "/archives/{name}/campaigns": (
        "/archives/trial/campaigns",
        "/archives/trial/campaigns?kind=control",
    ),
    "/archives/{name}/campaigns/{number}": (
        "/archives/trial/campaigns/1",
        "/archives/trial/campaigns/2",
        "/archives/trial/campaigns/1?q=nothing",
    ),
    "/archives/{name}/campaigns/{number}/matrix": (
        "/archives/trial/campaigns/1/matrix",
        "/archives/trial/campaigns/1/matrix?state=trouble&sort=source",
        "/archives/trial/campaigns/1/matrix?q=nothing",
    ),
    "/archives/{name}/campaigns/{number}/compare": (
        "/archives/trial/campaigns/2/compare",
        "/archives/trial/campaigns/2/compare?with=1&group=only-first",
    ),
    "/archives/{name}/news": ("/archives/trial/news", "/archives/debian/news"),
    "/archives/{name}/not-built": ("/archives/trial/not-built",),
    "/archives/{name}/versions": (
        "/archives/trial/versions",
        "/archives/trial/versions?source=lamp&purpose=no-change",
        "/archives/trial/versions?source=nothing",
    ),
    "/archives/{name}/campaigns/{number}/cancel": ("/archives/trial/campaigns/2/cancel",),
    "/archives/{name}/campaigns/{number}/retry": ("/archives/trial/campaigns/1/retry",),
    "/archives/{name}/campaigns/{number}/rescore": (
        "/archives/trial/campaigns/2/rescore",
        "/archives/trial/campaigns/1/rescore?state=built",
    ),
    "/archives/{name}/delete": ("/archives/young/delete", "/archives/trial/delete"),
    "/archives/{name}/packages": (
        "/archives/trial/packages",
        "/archives/trial/packages?q=nothing",
        "/archives/trial/packages?show=removed",
        "/archives/trial/packages?show=changed",
    ),
    "/archives/{name}/rebuild": (
        "/archives/trial/rebuild",
        "/archives/trial/rebuild?selection=all&reason=once+more",
        "/archives/trial/rebuild?selection=(",
    ),
    "/archives/{name}/rights": ("/archives/trial/rights",),
    "/archives/{name}/persons": (
        "/archives/trial/persons",
        "/archives/trial/persons?person=lou",
        "/archives/trial/persons?q=nothing",
    ),
    "/rights/persons": ("/rights/persons", "/rights/persons?person=lou"),
    "/archives/{name}/publications": (
        "/archives/trial/publications",
        "/archives/trial/publications?show=kept",
        "/archives/debian/publications",
        "/archives/trial/publications?before=1",
    ),
    "/archives/{name}/selection": (
        "/archives/trial/selection",
        "/archives/trial/selection?selection=lamp",
        "/archives/trial/selection?selection=section+libs",
    ),
    "/archives/{name}/settings": ("/archives/trial/settings", "/archives/debian/settings"),
    "/archives/{name}/sync": ("/archives/trial/sync", "/archives/trial/sync?hold=nothing"),
    "/archives/{name}/webhooks": ("/archives/trial/webhooks",),
    "/archives/{name}/webhooks/{number}": ("/archives/trial/webhooks/1",),
    "/audit": ("/audit", "/audit?archive=trial&action=never"),
    "/jobs": ("/jobs", "/jobs?archive=nobody"),
    "/jobs/{identifier}": ("/jobs/{job}",),
    "/me": ("/me",),
    "/me/mail": ("/me/mail",),
    "/people/{name}/mail": ("/people/lou/mail",),
    "/archives/{name}/subscribe": ("/archives/trial/subscribe",),
    "/archives/{name}/campaigns/{number}/subscribe": ("/archives/trial/campaigns/1/subscribe",),
    "/archives/{name}/history": ("/archives/trial/history",),
    "/archives/{name}/history/{number}": (
        "/archives/trial/history/1",
        "/archives/trial/history/2",
    ),
    "/compare": (
        "/compare",
        "/compare?left=trial/bookworm&right=debian/bookworm",
        "/compare?left=trial/bookworm&right=trial/bookworm",
        "/compare?left=trial/bookworm&right=debian/bookworm&group=only-left",
        "/compare?left=nobody/bookworm&right=debian/bookworm",
    ),
    "/queue": ("/queue",),
    "/people": ("/people",),
    "/people/{name}": ("/people/lou", "/people/nightly-robot"),
    "/robots": ("/robots",),
    "/builders": ("/builders",),
    "/builders/{name}": ("/builders/host-7", "/builders/host-8"),
    "/quotas": ("/quotas",),
    "/quotas/{kind}/{name}": (
        "/quotas/archive/trial",
        "/quotas/person/lou",
        "/quotas/team/kernel",
        "/quotas/default/archive",
    ),
    "/rights": ("/rights",),
    "/archives/{name}/uploads": (
        "/archives/trial/uploads",
        "/archives/trial/uploads?before=2",
        "/archives/young/uploads",
    ),
    "/archives/{name}/uploads/{number}": (
        "/archives/trial/uploads/1",
        "/archives/trial/uploads/2",
    ),
    "/archives/{name}/outgoing": (
        "/archives/trial/outgoing",
        "/archives/trial/outgoing?selection=all&reason=for+libfoo&maintainer=A+B+<a@example.org>",
    ),
    "/store": ("/store",),
    "/search": ("/search", "/search?q=lamp", "/search?q=nothing"),
    "/sign-in": ("/sign-in",),
    "/teams": ("/teams",),
    "/teams/{name}": ("/teams/kernel",),
    "/toolchains": ("/toolchains",),
    "/toolchains/{name}": ("/toolchains/gcc-11", "/toolchains/gcc-11?told=made"),
    "/toolchains/{name}/preflight": (
        "/toolchains/gcc-11/preflight",
        "/toolchains/gcc-11/preflight?archive=trial",
    ),
    "/new/toolchain": ("/new/toolchain", "/new/toolchain?from=gcc-11"),
}
"""Route -> the addresses at which it is looked at."""

UNFIT: Final = frozenset(
    {
        "/archives/trial/rebuild?selection=(",
        "/archives/trial/selection?selection=section+libs",
        "/archives/trial/sync?hold=nothing",
        "/archives/trial/sync.json?hold=nothing",
        "/archives/trial/delete",
        "/archives/trial/versions?source=nothing",
        "/compare?left=nobody/bookworm&right=debian/bookworm",
        "/sign-in",
    }
)
"""Addresses that ask for what cannot be, so that another answer than a page is right."""

ELSEWHERE: Final = frozenset(
    {
        "/",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/archives/{name}",
        "/archives/{name}/badge.svg",
        "/archives/{name}/campaigns/{number}/badge.svg",
        "/archives/{name}/events",
        "/archives/{name}/campaigns/{number}/events",
        "/jobs/{identifier}/events",
        "/events/jobs",
        "/queue/events",
        f"{BUILD}/events",
        "/archives/{name}.sources",
        BUILD + "/attempts/{attempt}/{log_name}",
        "/archives/{name}/packages/{deed}",
        "/archives/{name}/uploads/{number}/files/{file}",
        "/archives/{name}/outgoing/{source}/{version}/{file}",
        "/mail/confirm/{token}",
        "/mail/unsubscribe/{token}",
        "/sign-in/open-id",
        "/sign-in/open-id/back",
        "/static/{file}",
    }
)
"""Routes that answer with another page's address, with no page, or to a letter's reader only."""


@contextmanager
def whole_site(filled_root: Path, directory: Path) -> Iterator[tuple[Installation, str]]:
    """A server with something on every page, and its address, while the block lasts."""
    root = directory / "root"
    shutil.copytree(filled_root, root)
    installation = installation_in(root)
    add_person(installation, WHO, Role.ADMINISTRATOR)
    _add_people(installation)
    _build(installation, directory)
    with listening(installation.app) as url:
        yield installation, url


def page_routes(installation: Installation) -> set[str]:
    """The routes of all pages that are looked at, without those for programs."""
    return {
        route.path
        for route in create_router(installation.services).routes
        if isinstance(route, Route)
        and route.methods
        and "GET" in route.methods
        and not route.path.endswith((".json", ".csv"))
    }


def all_addresses(installation: Installation) -> list[str]:
    """The addresses of `ADDRESSES`, with the numbers that only this server knows."""
    job = installation.services.jobs.newest(ADMINISTRATOR)[0].id
    return [known.replace("{job}", job) for addresses in ADDRESSES.values() for known in addresses]


def _add_people(installation: Installation) -> None:
    services = installation.services
    add_person(installation, "lou")
    hook = WebhookRequest(archive="trial", address="https://ci.example.org/vostok")
    services.webhooks.add(ADMINISTRATOR, hook)
    services.webhooks.test(ADMINISTRATOR, "trial", 1)
    services.rights.add_team(ADMINISTRATOR, "kernel")
    lou = Holder(kind=HolderKind.PERSON, name="lou")
    kernel = Holder(kind=HolderKind.TEAM, name="kernel")
    nightly = RobotRequest(name="nightly-robot", purpose="asks for builds", answerable="lou")
    services.robots.add(ADMINISTRATOR, nightly)
    robot = Holder(kind=HolderKind.PERSON, name="nightly-robot")
    services.rights.put_in(ADMINISTRATOR, "kernel", [lou, robot])
    limit = SourceLimit(component="main", sources=("linux-*", "firmware-nonfree"))
    for archive in ("trial", None):
        for holder, right, narrowed in (
            (kernel, Right.UPLOAD, limit),
            (kernel, Right.REBUILD, SourceLimit()),
            (lou, Right.ADMINISTER, SourceLimit()),
        ):
            services.rights.give(
                ADMINISTRATOR,
                GrantRequest(archive=archive, holder=holder, right=right, limit=narrowed),
            )
    for subject, limits in (
        (Subject(kind=SubjectKind.ARCHIVE, name="trial"), Limits(builds=10, bytes=1 << 20)),
        (Subject(kind=SubjectKind.PERSON, name="lou"), Limits(archives=5, builds=100)),
        (Subject(kind=SubjectKind.TEAM, name="kernel"), Limits(archives=20, bytes=1 << 40)),
        (EVERY_ARCHIVE, Limits(builds=50_000)),
    ):
        services.quotas.set(ADMINISTRATOR, subject, limits)
    for name in ("host-7", "host-8"):
        services.builders.add(ADMINISTRATOR, name)
    services.builders.pause(ADMINISTRATOR, "host-7", "a disk is replaced")
    services.builders.remove(ADMINISTRATOR, "host-8", "it was returned")
    with services.database.write() as transaction:
        for known in map(transaction.people.named, ("lou", WHO)):
            identity = Identity(issuer="https://id.example.org", subject=f"{known.name} 4711")
            transaction.identities.link(known.id, identity, known.created_at)
    for person in ("lou", WHO):
        services.people.create_token(
            ADMINISTRATOR, TokenRequest(person=person, name="dput on laptop")
        )


def _build(installation: Installation, directory: Path) -> None:
    """One build good, one failed, one at work, one waiting; an archive where nothing is built."""
    answer = installation.client(ADMIN).post(
        "/api/v1/toolchains",
        json={
            "name": "gcc-11",
            "compilers": {"gcc": "gcc-11", "g++": "g++-11"},
            "cflags": ["-O3", "-march=x86-64-v2"],
            "environment": {"GOAMD64": "v2"},
        },
    )
    assert answer.status_code == 201, answer.text
    _upload(installation)
    builder = Builder(installation)
    lamp = builder.claim_of("lamp")
    output = directory / "lamp"
    output.mkdir()
    files = built_lamp(lamp, output)
    for file in files:
        builder.send(lamp, file)
    _write_log(builder, lamp)
    builder.report(lamp, outcome="built", files=[file.name for file in files])
    installation.settle(lamp["attempt_id"])
    manual = builder.claim_of("manual")
    _write_log(builder, manual)
    builder.report(manual)
    installation.settle(manual["attempt_id"])
    services = installation.services
    installation.do_jobs()
    for change in (
        SyncRequest(archive="trial", remove="manual"),
        SyncRequest(archive="trial", restore="manual"),
    ):
        services.syncing.request(ADMINISTRATOR, change)
        assert_done(installation.do_jobs())
    services.rebuilding.request(
        ADMINISTRATOR,
        RebuildRequest(archive="trial", selection="all", reason="to see whether it lasts"),
    )
    services.storing.request_stats(ADMINISTRATOR)
    services.storing.request_verification(ADMINISTRATOR, percent=100)
    services.storing.request_collection(ADMINISTRATOR, dry_run=True)
    services.deriving.request(
        ADMINISTRATOR, DeriveRequest(name="young", parents=["trial/bookworm"], selection="lamp")
    )
    assert_done(installation.do_jobs())
    Builder(installation).claim()


def _upload(installation: Installation) -> None:
    """What became of an upload that was accepted and of one that was refused."""
    store = LocalContentStore(installation.settings.data_root / "files")
    sha256, size = store.put([b"a description\n"], size_max=100)
    with installation.services.database.write() as transaction:
        archive = transaction.archives.named("trial")
        for state, sentence in (
            (UploadState.ACCEPTED, "cc 2-1 was accepted"),
            (UploadState.REFUSED, "cc 1-1 is not above 2-1, which was uploaded"),
        ):
            transaction.uploads.add(
                NewUpload(
                    archive_id=archive.id,
                    suite_id=transaction.archives.suites(archive.id)[0].id,
                    person_id=transaction.people.named("lou").id,
                    uploaded_by="lou",
                    signed_by="0123456789ABCDEF0123456789ABCDEF01234567",
                    changes_name="cc_2-1_source.changes",
                    changes_sha256=sha256,
                    signature="a signature" if state is UploadState.ACCEPTED else None,
                    source="cc",
                    version="2-1",
                    state=state,
                    sentence=sentence,
                    at=archive.created_at,
                    files=(SentFile(name="cc_2-1_source.changes", size=size, sha256=sha256),)
                    if state is UploadState.ACCEPTED
                    else (),
                )
            )


def _write_log(builder: Builder, claim: Document) -> None:
    lines = [f"cc -O2 -g -c part{number}.c -o part{number}.o" for number in range(200)]
    content = "\n".join(["sbuild (Debian sbuild) 0.85.0", *lines, "Grüße, fertig", ""]).encode()
    answer = builder.client.put(
        f"{address(claim)}/log", params={"offset": 0}, content=content, headers=token(claim)
    )
    assert answer.status_code < 300, answer.text
