"""What Vostok is measured at, through its API, on a fresh installation.

Two runs: one over the suite's own indices, whose rows have the project's targets; one over the
indices that the peers import too, whose rows stand beside theirs. What a version does not offer
yet is a row without figures.
"""

import base64
import lzma
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.indices import COMPONENT, OWN_FILES, Prepared, State
from bench.installation import Installation, NotAvailableError, RequestFailedError
from bench.mirror import Mirror
from bench.own_files import give_own_files
from bench.rebuilt import accept_rebuilt, rebuilt_deb
from bench.report import Row, Target

_MIB: Final = 1 << 20
_REASON: Final = "bench"
NOTE_CHARACTERS_MAX: Final = 200
_SUFFIXES: Final = (".xz", ".gz", "")
"""Of an index, the one first that apt prefers."""
NEEDED: Final = "libssl-dev"
"""Most of an archive needs it to build, so the answer is long."""


class Course:
    """The rows that one installation yields, one after the other."""

    def __init__(self, installation: Installation, prepared: Prepared, mirror: Mirror) -> None:
        self._installation = installation
        self.prepared = prepared
        self._mirror = mirror
        self._shown = f"for-{installation.database}"
        self.system = f"vostok, {installation.database}"
        self.rows: list[Row] = []

    def measure(
        self, task: str, what: str, work: Callable[[], Any], *targets: Target, note: str = ""
    ) -> Any:  # noqa: ANN401 - the work's own
        """The work's answer; its row is noted. None, with a row that says why, if it fails."""
        try:
            answer, cost = self._installation.cost_of(work)
        except (NotAvailableError, RequestFailedError) as error:
            self.note_failure(task, what, error)
            return None
        self.rows.append(
            Row(task=task, what=what, system=self.system, cost=cost, targets=targets, note=note)
        )
        return answer

    def note_failure(self, task: str, what: str, error: Exception) -> None:
        """Notes that something could not be done, and why."""
        kind = "not available" if isinstance(error, NotAvailableError) else "failed"
        note = f"{kind}: {error}"[:NOTE_CHARACTERS_MAX]
        self.rows.append(Row(task=task, what=what, system=self.system, cost=None, note=note))

    def ask(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        """The API's answer to a request."""
        return self._installation.ask(method, path, body or None)

    def do(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        """The job of a request, when it has succeeded."""
        return self._installation.do(method, path, body or None)

    def wait(self, job: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """The job, when it has succeeded."""
        return self._installation.wait(job)

    def wait_until_ready(self, archive: str, number: int) -> None:
        """Returns when the builds of a campaign may start."""
        self._installation.wait_until_ready(archive, number)

    def cancel(self, job: Mapping[str, Any]) -> None:
        """Cancels a job and returns when it has ended."""
        self._installation.cancel(job)

    def show(self, directory: Path) -> None:
        """Has the mirror show a repository from now on."""
        self._mirror.show(self._shown, directory)

    def import_suite(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Imports what the mirror shows."""
        return self.do(
            "POST",
            "/imports",
            name=name,
            suites=[self.prepared.suite.name],
            translations=False,
            components=[COMPONENT],
            architectures=[self.prepared.suite.architecture],
            mirror=self._mirror.url(self._shown),
            keyring_base64=base64.b64encode(self.prepared.certificate).decode(),
        )

    def parent(self, name: str) -> str:
        """The suite of an imported archive, as a parent is named."""
        return f"{name}/{self.prepared.suite.name}"

    def derive(self, name: str, parent: str, selection: str = "all") -> Any:  # noqa: ANN401 - JSON
        """Derives an archive."""
        return self.do("POST", "/archives", name=name, parents=[parent], selection=selection)

    def sync(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Brings an archive to its parent's newest snapshot."""
        return self.do("POST", f"/archives/{name}/syncs", dry_run=False)

    def read_publication(self, name: str) -> int:
        """What an apt client reads of a publication's binaries; its bytes."""
        base = f"/archives/{name}/dists/{self.prepared.suite.name}"
        release = self._installation.client.get(f"{base}/InRelease")
        if release.is_error:
            raise RequestFailedError(f"GET {base}/InRelease: {release.status_code}")
        index = f"{COMPONENT}/binary-{self.prepared.suite.architecture}/Packages"
        named = [f" {index}{suffix}\n" in release.text for suffix in _SUFFIXES]
        path = f"{base}/{index}{_SUFFIXES[named.index(True)]}"
        packages = self._installation.client.get(path)
        if packages.is_error:
            raise RequestFailedError(f"GET {path}: {packages.status_code}")
        return len(release.content) + len(packages.content)

    def give_own_files(self, name: str, count: int) -> None:
        """Makes an archive the owner of so many files."""
        give_own_files(self._installation.settings, name, count)

    def accept_rebuilt(self, name: str) -> None:
        """Has one package wait for an archive's next publication."""
        suite = self.prepared.suite
        deb = rebuilt_deb(
            self._installation.settings.data_root.parent,
            self.prepared.source_names[2],
            suite.architecture,
        )
        accept_rebuilt(self._installation.settings, name, deb, COMPONENT)


def run_untouched(course: Course) -> None:
    """The rows with targets: on the suite as Debian has it."""
    prepared = course.prepared
    _import_untouched(course, prepared)
    _preview(course)
    for name in ("left", "synced"):
        course.derive(name, course.parent("debian"))
    _derive_and_request(course)
    course.show(prepared.untouched(State.PERCENT))
    allowance = _decompression_seconds(prepared.untouched(State.PERCENT))
    course.measure(
        "import-percent-untouched",
        "import again, 1 % changed",
        lambda: course.import_suite("debian"),
        Target(quantity="cpu_seconds", limit=1.5, allowance=allowance),
    )
    _sync(course)
    _compare(course, prepared)
    _delete(course, prepared)


def run_small(course: Course) -> None:
    """The rows beside the peers': on the indices that they import too."""
    prepared = course.prepared
    course.show(prepared.small(State.FIRST))
    import_small = partial(course.import_suite, "small")
    parent = course.parent("small")
    removed = prepared.source_names[0]
    course.measure("import", "import; the peers fetch the packages too", import_small)
    course.measure("import-again", "import again, nothing changed", import_small)
    course.measure("publish", "full copy, published", lambda: course.derive("copy", parent))
    course.measure(
        "publish-less-one",
        "the same without one source",
        lambda: course.derive("copy-less", parent, f"not {removed}"),
    )
    _publish_by_difference(course, "copy-less")
    course.show(prepared.small(State.PERCENT))
    course.measure("import-percent", "import again, 1 % changed", import_small)
    course.measure(
        "publish-percent",
        "copy brought to the parent's state, 1 % changed, and published",
        lambda: course.sync("copy"),
    )
    course.derive("left", parent)
    course.show(prepared.small(State.HUNDRED))
    import_small()
    course.derive("right", parent)
    course.measure(
        "compare", "compare copies 100 sources apart", lambda: _comparison(course, "left", "right")
    )
    course.derive("owner", parent)
    course.give_own_files("owner", _own_files(prepared))
    course.do("POST", "/archives/owner/publications")
    course.measure(
        "delete",
        f"delete an archive with {_own_files(prepared)} files of its own",
        lambda: course.do("DELETE", "/archives/owner"),
    )


def _publish_by_difference(course: Course, name: str) -> None:
    prepared = course.prepared
    course.measure(
        "publish-removed",
        "incremental publishing: one source more removed",
        lambda: course.do(
            "POST", f"/archives/{name}/removals", selection=prepared.source_names[1]
        ),
    )
    course.accept_rebuilt(name)
    course.measure(
        "publish-rebuilt",
        "incremental publishing: one package rebuilt",
        lambda: course.do("POST", f"/archives/{name}/publications"),
    )


def _import_untouched(course: Course, prepared: Prepared) -> None:
    course.show(prepared.untouched(State.FIRST))
    course.measure(
        "import-untouched",
        "import",
        lambda: course.import_suite("debian"),
        Target(quantity="cpu_seconds", limit=8.0),
        Target(quantity="peak_bytes", limit=500 * _MIB),
    )
    course.measure(
        "import-again-untouched",
        "import again, nothing changed",
        lambda: course.import_suite("debian"),
        Target(quantity="wall_seconds", limit=0.1),
    )


def _preview(course: Course) -> None:
    parent = course.parent("debian")
    for task, expression in (
        ("preview-closure", f"closure(builds({NEEDED}))"),
        ("preview-needs", f"needs({NEEDED})"),
        ("preview-essential", "closure(essential)"),
        ("preview-needs-again", f"needs({NEEDED}) and not section = doc"),
    ):
        course.measure(
            task,
            f"preview of {expression}",
            partial(course.ask, "POST", "/previews", parent=parent, selection=expression),
            Target(quantity="wall_seconds", limit=1.0),
        )


def _derive_and_request(course: Course) -> None:
    course.measure(
        "derive",
        "derive a full copy, until its job has ended",
        lambda: course.derive("copy", course.parent("debian")),
        Target(quantity="wall_seconds", limit=0.1),
    )
    course.measure(
        "derive-read",
        "its InRelease and Packages, read for the first time",
        lambda: course.read_publication("copy"),
    )
    asked = course.measure(
        "build-records",
        "request a rebuild of all sources: its build records",
        lambda: course.ask("POST", "/archives/copy/campaigns", selection="all", reason=_REASON),
        Target(quantity="wall_seconds", limit=0.5),
    )
    if asked is not None:
        course.measure(
            "campaign-ready",
            "then, until its builds may start",
            lambda: course.wait_until_ready("copy", asked["campaign"]["number"]),
        )
        course.cancel(asked["job"])  # the mirror has no files to make no-change sources of


def _sync(course: Course) -> None:
    course.measure(
        "sync-dry",
        "what a sync would do, 1 % changed",
        lambda: course.ask("POST", "/archives/synced/syncs", dry_run=True),
    )
    course.measure("sync", "sync, 1 % changed", lambda: course.sync("synced"))
    course.measure("sync-again", "sync, nothing changed", lambda: course.sync("synced"))


def _comparison(course: Course, left: str, right: str) -> Any:  # noqa: ANN401 - JSON
    return course.ask("POST", "/comparisons", left=left, right=right)


def _compare(course: Course, prepared: Prepared) -> None:
    course.derive("before", course.parent("debian"))
    course.show(prepared.untouched(State.HUNDRED))
    course.import_suite("debian")
    course.derive("after", course.parent("debian"))
    course.measure(
        "compare-untouched",
        "compare two derived archives 100 sources apart",
        lambda: _comparison(course, "before", "after"),
        Target(quantity="wall_seconds", limit=0.1),
    )
    course.import_suite("debian-again")
    course.measure(
        "compare-apart",
        "the same, of archives that share no base",
        lambda: _comparison(course, "before", course.parent("debian-again")),
    )


def _delete(course: Course, prepared: Prepared) -> None:
    count = _own_files(prepared)
    course.derive("owner", course.parent("debian"))
    course.give_own_files("owner", count)
    course.measure(
        "publish-own",
        f"publish {count} new packages",
        lambda: course.do("POST", "/archives/owner/publications"),
    )
    course.measure(
        "delete-untouched",
        f"delete an archive with {count} files of its own",
        lambda: course.do("DELETE", "/archives/owner"),
        Target(quantity="wall_seconds", limit=1.0),
    )
    course.measure(
        "delete-campaign",
        "delete an archive with build records of all sources",
        lambda: course.do("DELETE", "/archives/copy"),
    )


def _own_files(prepared: Prepared) -> int:
    return min(OWN_FILES, prepared.binaries)


def _decompression_seconds(repository: Path) -> float:
    """CPU time that decompressing a repository's indices takes with the same library."""
    files = [file for file in repository.glob("dists/*/*/*/*.xz") if file.is_file()]
    begin = time.thread_time()
    for file in files:
        lzma.decompress(file.read_bytes())
    return time.thread_time() - begin
