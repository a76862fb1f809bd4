"""The server's API ``/api/v1`` as typed calls; no decisions, no output."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, cast
from urllib.parse import quote, urlsplit

import httpx

from vostok.entrypoints.cli import messages
from vostok.entrypoints.cli.failures import ServerFaultError, error_of_problem
from vostok.errors import UnavailableError

CONNECT_SECONDS_MAX: Final = 5.0
ANSWER_SECONDS_MAX: Final = 120.0
ANSWER_BYTES_MAX: Final = 256 << 20
LOG_PART_BYTES_MAX: Final = 4 << 20
SENT_PART_BYTES: Final = 1 << 20
LIST_PAGE_ITEMS: Final = 1_000
LIST_ITEMS_MAX: Final = 1_000_000
NEWEST_LISTED: Final = 500
PIECE_BUILDS: Final = 5_000
"""Builds of a campaign that are asked for at once."""
PIECES_MAX: Final = 400
"""Pieces of one campaign: 2,000,000 builds, all of sid for 40 architectures."""

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """A piece of a build log; `is_complete` says that the log grows no more."""

    content: bytes
    offset: int
    log_bytes: int
    is_complete: bool

    @property
    def end(self) -> int:
        """The offset at which the next part begins."""
        return self.offset + len(self.content)

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after this part."""
        return self.is_complete and self.end >= self.log_bytes


class Client:
    """One server. Every call raises the error that the server's answer stands for.

    Raises:
        UnavailableError: from every method, when the server cannot be reached or is too slow.
    """

    def __init__(
        self, url: str, token: str | None, *, answer_seconds_max: float = ANSWER_SECONDS_MAX
    ) -> None:
        self.url = url.rstrip("/")
        self._answer_seconds_max = answer_seconds_max
        # A proxy of the environment is for other machines; this one it cannot reach.
        is_local = (urlsplit(self.url).hostname or "") in _LOOPBACK
        self._http = httpx.Client(
            base_url=f"{self.url}/api/v1/",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(answer_seconds_max, connect=CONNECT_SECONDS_MAX),
            trust_env=not is_local,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def status(self) -> messages.Status:
        """The server's version and the builders it knows."""
        return cast("messages.Status", self._call("GET", "status"))

    def import_archive(self, request: messages.ImportRequest) -> messages.Job:
        """The job that imports a suite of somebody else's archive."""
        return cast("messages.Job", self._call("POST", "archives/import", request))

    def derive_archive(
        self, request: messages.DeriveRequest, idempotency_key: str | None = None
    ) -> messages.Job:
        """The job that derives an archive; the same one for the same key."""
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return cast("messages.Job", self._call("POST", "archives", request, headers=headers))

    def estimate_derivation(
        self, request: messages.DerivationEstimateRequest
    ) -> messages.DerivationPlan:
        """What `derive_archive` would make, and what building it would take."""
        return cast("messages.DerivationPlan", self._call("POST", "archives/estimate", request))

    def archives(self) -> list[messages.Archive]:
        """All archives that the token may see."""
        return cast("list[messages.Archive]", self.list_all("archives", "archives"))

    def archive(self, name: str) -> messages.Archive:
        """One archive."""
        return cast("messages.Archive", self._call("GET", f"archives/{_part(name)}"))

    def change_archive(
        self, name: str, request: messages.StorageRequest
    ) -> messages.ChangedArchive:
        """The archive after the change, and the job that fetches files, if one does."""
        answer = self._call("PATCH", f"archives/{_part(name)}", request)
        return cast("messages.ChangedArchive", answer)

    def store_stats(self) -> messages.Job:
        """The job that counts what is stored."""
        return cast("messages.Job", self._call("POST", "store/stats"))

    def verify_store(self, *, percent: float) -> messages.Job:
        """The job that reads files again."""
        return cast("messages.Job", self._call("POST", "store/verify", {"percent": percent}))

    def collect_store(self, *, dry_run: bool) -> messages.Job:
        """The job that removes what nobody names."""
        return cast("messages.Job", self._call("POST", "store/collect", {"dry_run": dry_run}))

    def deletion(self, name: str) -> messages.Deletion:
        """What a deletion of an archive would take away, and what would stay."""
        path = f"archives/{_part(name)}/deletion"
        return cast("messages.Deletion", self._call("GET", path))

    def delete_archive(self, name: str) -> messages.Job:
        """The job that deletes an archive with all that is only its own."""
        return cast("messages.Job", self._call("DELETE", f"archives/{_part(name)}"))

    def change_derivation(
        self, name: str, kind: str, change: messages.DerivationChange
    ) -> messages.Job:
        """The job of a change: `syncs`, `selections`, `removals` or `restorations`."""
        path = f"archives/{_part(name)}/{kind}"
        return cast("messages.Job", self._call("POST", path, change))

    def plan_derivation(
        self, name: str, kind: str, change: messages.DerivationChange
    ) -> messages.SyncPlan:
        """What the same change would do."""
        path = f"archives/{_part(name)}/{kind}"
        return cast("messages.SyncPlan", self._call("POST", path, change))

    def derivations(self, name: str) -> list[messages.Derivation]:
        """The derivations of an archive, the newest first."""
        path = f"archives/{_part(name)}/derivations"
        return cast("list[messages.Derivation]", self.list_all(path, "derivations"))

    def derivation(self, name: str, number: int) -> messages.DerivationWithDecisions:
        """One derivation with its decisions."""
        path = f"archives/{_part(name)}/derivations/{number}"
        return cast("messages.DerivationWithDecisions", self._call("GET", path))

    def taken_sources(self, name: str) -> list[messages.TakenSource]:
        """The sources that an archive takes, with the reason of each."""
        path = f"archives/{_part(name)}/sources"
        return cast("list[messages.TakenSource]", self.list_all(path, "sources"))

    def comparison(self, request: messages.ComparisonRequest) -> messages.Comparison:
        """What differs between two archives, with one page of the differences."""
        return cast("messages.Comparison", self._call("POST", "comparisons", request))

    def create_toolchain(
        self, name: str, specification: messages.ToolchainSpecification
    ) -> messages.Toolchain:
        """The toolchain: a new revision, or the newest one if that is the same."""
        body = {"name": name, **specification}
        return cast("messages.Toolchain", self._call("POST", "toolchains", body))

    def toolchains(self) -> list[messages.Toolchain]:
        """All toolchains."""
        return cast("list[messages.Toolchain]", self.list_all("toolchains", "toolchains"))

    def toolchain(self, name: str) -> messages.Toolchain:
        """One toolchain with its revisions."""
        return cast("messages.Toolchain", self._call("GET", f"toolchains/{_part(name)}"))

    def preflight(self, toolchain: str, *, archive: str) -> messages.Preflight:
        """What builds in the archive would get from the toolchain."""
        path = f"toolchains/{_part(toolchain)}/preflight"
        return cast("messages.Preflight", self._call("GET", path, query={"archive": archive}))

    def request_campaign(
        self, archive: str, request: messages.RebuildRequest, idempotency_key: str | None = None
    ) -> messages.RequestedCampaign:
        """A new campaign, and the job that makes its builds; the same ones for the same key."""
        path = f"archives/{_part(archive)}/campaigns"
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        answer = self._call("POST", path, {**request, "dry_run": False}, headers=headers)
        return cast("messages.RequestedCampaign", answer)

    def plan_campaign(
        self, archive: str, request: messages.RebuildRequest
    ) -> messages.CampaignPlan:
        """What `request_campaign` would do; nothing is changed."""
        path = f"archives/{_part(archive)}/campaigns"
        answer = self._call("POST", path, {**request, "dry_run": True})
        return cast("messages.CampaignPlan", answer)

    def preview_selection(self, request: messages.PreviewRequest) -> messages.Preview:
        """What a selection takes of a suite; nothing is changed."""
        return cast("messages.Preview", self._call("POST", "selections/preview", request))

    def version_proof(
        self, archive: str, source: str, query: Mapping[str, str | None]
    ) -> messages.VersionProof:
        """The version that a source would get next, proved; keys without a value are left out."""
        path = f"archives/{_part(archive)}/versions/{_part(source)}"
        asked = {key: value for key, value in query.items() if value is not None}
        return cast("messages.VersionProof", self._call("GET", path, query=asked))

    def estimate_campaign(
        self, archive: str, request: messages.RebuildEstimateRequest
    ) -> messages.Estimate:
        """What a campaign would take; nothing is changed."""
        path = f"archives/{_part(archive)}/campaigns/estimate"
        return cast("messages.Estimate", self._call("POST", path, request))

    def campaigns(self, archive: str) -> list[messages.Campaign]:
        """The campaigns of an archive."""
        path = f"archives/{_part(archive)}/campaigns"
        return cast("list[messages.Campaign]", self.list_all(path, "campaigns"))

    def campaign(self, archive: str, number: int) -> messages.Campaign:
        """One campaign with all of its builds, asked for in pieces.

        Raises:
            UnavailableError: also when they are more than `PIECES_MAX` pieces.
        """
        path = f"archives/{_part(archive)}/campaigns/{number}"
        limit = str(PIECE_BUILDS)
        campaign = cast("messages.Campaign", self._call("GET", path, query={"limit": limit}))
        builds = campaign.setdefault("builds", [])
        for _ in range(PIECES_MAX):
            if len(builds) >= campaign.get("found", 0):
                return campaign
            query = {"limit": limit, "after": str(builds[-1]["id"])}
            piece = cast("messages.Campaign", self._call("GET", path, query=query))
            builds += piece["builds"]
        raise UnavailableError(
            f"campaign {number} of {archive} has {campaign['found']} builds, "
            f"of which {len(builds)} came in {PIECES_MAX} pieces",
            hint="ask for some of them: GET /api/v1/archives/NAME/campaigns/N?state=&q=",
        )

    def campaign_progress(
        self, archive: str, number: int, states: Iterable[str], *, limit: int
    ) -> messages.Campaign:
        """One campaign with some of its builds in these states, instead of all."""
        path = f"archives/{_part(archive)}/campaigns/{number}"
        query: dict[str, str | list[str]] = {"limit": str(limit), "state": sorted(states)}
        return cast("messages.Campaign", self._call("GET", path, query=query))

    def campaign_comparison(
        self, archive: str, first: int, second: int, request: messages.CampaignComparisonRequest
    ) -> messages.CampaignComparison:
        """What became of the builds of one campaign in another, with one page of them."""
        path = f"archives/{_part(archive)}/campaigns/{first}/compare/{second}"
        query = {
            "all": "true" if request["all"] else "false",
            "offset": str(request["offset"]),
            "limit": str(request["limit"]),
        }
        if request["group"] is not None:
            query["group"] = request["group"]
        return cast("messages.CampaignComparison", self._call("GET", path, query=query))

    def build(self, build_id: int) -> messages.Build:
        """One build with its attempts."""
        return cast("messages.Build", self._call("GET", f"builds/{build_id}"))

    def retry_build(self, build_id: int, reason: str | None) -> messages.Build:
        """The build, waiting for a new attempt."""
        path = f"builds/{build_id}/retry"
        return cast("messages.Build", self._call("POST", path, {"reason": reason}))

    def cancel_build(self, build_id: int, reason: str | None) -> messages.Build:
        """The build, cancelled or about to be."""
        path = f"builds/{build_id}/cancel"
        return cast("messages.Build", self._call("POST", path, {"reason": reason}))

    def change_builds(
        self, archive: str, change: str, choice: messages.BuildChoice
    ) -> messages.ChangedBuilds:
        """What became of builds of an archive: `retry`, `cancel` or `rescore`."""
        path = f"archives/{_part(archive)}/builds/{change}"
        return cast("messages.ChangedBuilds", self._call("POST", path, choice))

    def log_part(self, build_id: int, *, attempt: int | None, offset: int) -> LogPart:
        """A part of the log from `offset` on, of at most `LOG_PART_BYTES_MAX` bytes.

        Args:
            build_id: the build.
            attempt: number of the attempt; None is the newest.
            offset: bytes already read.
        """
        query = {"offset": str(offset)}
        if attempt is not None:
            query["attempt"] = str(attempt)
        with self._answer("GET", f"builds/{build_id}/log", query=query) as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) >= LOG_PART_BYTES_MAX:
                    break
            part = bytes(content[:LOG_PART_BYTES_MAX])
            return LogPart(
                content=part,
                offset=offset,
                log_bytes=int(response.headers.get("X-Log-Size", offset + len(part))),
                is_complete=response.headers.get("X-Log-Complete", "yes") == "yes",
            )

    def publish_archive(self, archive: str) -> messages.Job:
        """The job that publishes an archive."""
        path = f"archives/{_part(archive)}/publications"
        return cast("messages.Job", self._call("POST", path))

    def publications(self, archive: str) -> list[messages.Publication]:
        """The publications of an archive that are kept."""
        path = f"archives/{_part(archive)}/publications"
        return cast("list[messages.Publication]", self.list_all(path, "publications"))

    def keep_publication(self, archive: str, number: int, *, label: str) -> messages.Publication:
        """Keep a publication from being collected."""
        path = f"archives/{_part(archive)}/publications/{number}/keep"
        return cast("messages.Publication", self._call("PUT", path, {"label": label}))

    def release_publication(self, archive: str, number: int) -> messages.Publication:
        """Let a kept publication go when it is old."""
        path = f"archives/{_part(archive)}/publications/{number}/keep"
        return cast("messages.Publication", self._call("DELETE", path))

    def not_built(self, archive: str) -> list[messages.NotBuiltBinary]:
        """Packages that an uploaded source builds no more."""
        path = f"archives/{_part(archive)}/not-built"
        return cast("list[messages.NotBuiltBinary]", self.list_all(path, "binaries"))

    def jobs(self) -> list[messages.Job]:
        """The newest jobs."""
        return cast("list[messages.Job]", self.list_all("jobs", "jobs", items_max=NEWEST_LISTED))

    def job(self, job_id: messages.JobId) -> messages.Job:
        """One job."""
        return cast("messages.Job", self._call("GET", f"jobs/{_part(str(job_id))}"))

    def cancel_job(self, job_id: messages.JobId) -> messages.Job:
        """The job, cancelled or about to be."""
        return cast("messages.Job", self._call("POST", f"jobs/{_part(str(job_id))}/cancel"))

    # For what has a module of its own ------------------------------------------------------

    def ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> dict[str, object]:
        """The answer to a request below `/api/v1/`; the parts of the path are quoted already."""
        return self._call(method, path, body)

    def list_all(self, path: str, key: str, *, items_max: int = LIST_ITEMS_MAX) -> list[object]:
        """All items of a list, which the server gives in pages, or its beginning."""
        found: list[object] = []
        query = {"limit": str(min(items_max, LIST_PAGE_ITEMS))}
        while len(found) < items_max:
            answer = self._call("GET", path, query=query)
            items = answer.get(key)
            if not isinstance(items, list):
                raise ServerFaultError(f"the server's answer to {path} has no list {key!r}")
            found += items
            if not answer.get("next"):
                return found
            query["cursor"] = str(answer["next"])
        return found[:items_max]

    def receive_lines(
        self, path: str, headers: Mapping[str, str], *, characters_max: int
    ) -> Iterator[str]:
        """The lines of an answer that goes on, each as it comes.

        Raises:
            ServerFaultError: one of them is longer than that.
        """
        with self._answer("GET", path, headers=headers) as response:
            line = ""
            for text in response.iter_text():
                *whole, line = (line + text).split("\n")
                yield from whole
                if len(line) > characters_max:
                    raise ServerFaultError(f"{response.url} sent too long a line")

    def send_file(self, path: str, file: Path) -> dict[str, object]:
        """The answer to a file that was put at an address below `/api/v1/`."""
        with file.open("rb") as content:
            chunks = iter(lambda: content.read(SENT_PART_BYTES), b"")
            with self._answer("PUT", path, content=chunks) as response:
                return _json_object(_body(response), url=str(response.url))

    def receive_file(self, path: str, place: Path, *, bytes_max: int) -> None:
        """Write what an address below `/api/v1/` sends into a file.

        Raises:
            ServerFaultError: it sends more than that many bytes.
        """
        left = bytes_max
        with self._answer("GET", path) as response, place.open("wb") as file:
            for chunk in response.iter_bytes():
                left -= len(chunk)
                if left < 0:
                    raise ServerFaultError(f"{response.url} sent more than {bytes_max} bytes")
                file.write(chunk)

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, object]:
        with self._answer(method, path, body=body, query=query, headers=headers) as response:
            return _json_object(_body(response), url=str(response.url))

    @contextmanager
    def _answer(  # noqa: PLR0913 - all that a request has
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        content: Iterator[bytes] | None = None,
    ) -> Iterator[httpx.Response]:
        try:
            with self._http.stream(
                method, path, json=body, params=query, headers=headers, content=content
            ) as response:
                if not response.is_success:
                    problem = _problem(_body(response), response)
                    raise error_of_problem(response.status_code, problem)
                yield response
        except httpx.ConnectError as error:
            raise no_server(self.url) from error
        except httpx.TimeoutException as error:
            raise UnavailableError(
                f"{self.url} did not answer in {self._answer_seconds_max:.0f} s",
                hint="try again, or look at log/server.log in its data root",
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnavailableError(
                f"the connection to {self.url} broke: {error}", hint="try again"
            ) from error


def no_server(url: str) -> UnavailableError:
    """The error for a server that is not running."""
    return UnavailableError(f"no Vostok server answers at {url}", hint="start one: vostok up")


def _part(name: str) -> str:
    return quote(name, safe="")


def _body(response: httpx.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > ANSWER_BYTES_MAX:
            raise ServerFaultError(f"{response.url} answered more than {ANSWER_BYTES_MAX} bytes")
    return bytes(content)


def _json_object(content: bytes, *, url: str) -> dict[str, object]:
    try:
        answer = json.loads(content)
    except ValueError as error:
        raise ServerFaultError(
            f"{url} answered something that is not JSON",
            hint="is this the address of a Vostok server?",
        ) from error
    if not isinstance(answer, dict):
        raise ServerFaultError(f"{url} answered JSON that is not an object")
    return answer


def _problem(content: bytes, response: httpx.Response) -> Mapping[str, object]:
    try:
        problem = json.loads(content)
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem
    return {"detail": f"{response.request.method} {response.url}: {response.reason_phrase}"}
