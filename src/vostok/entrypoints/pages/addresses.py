"""Where the pages are: every link is made here, never taken from a value that is shown."""

from urllib.parse import quote

from vostok.documents import AttemptView, BuildView


def path_of(*segments: object) -> str:
    """An absolute path of these segments, each quoted whole.

    Plus, tilde and colon stay: they are ordinary in Debian's names and allowed in a path.
    """
    return "/" + "/".join(quote(str(segment), safe="+~:") for segment in segments)


def archive_path(name: str) -> str:
    """An archive's page; the slash at the end lets relative APT paths below it work."""
    return path_of("archives", name) + "/"


def rebuild_path(archive: str) -> str:
    """Where rebuilds of an archive are asked for."""
    return path_of("archives", archive, "rebuild")


def campaign_path(archive: str, number: int) -> str:
    """A campaign's page."""
    return path_of("archives", archive, "campaigns", number)


def build_path(build: BuildView) -> str:
    """A build's page."""
    return path_of(
        "archives",
        build["archive"],
        "builds",
        build["source"],
        build["rebuild_no"],
        build["architecture"],
    )


def log_name(build: BuildView, attempt: AttemptView) -> str:
    """The file name of an attempt's log: the reader's, else made the way builders name logs."""
    last = (attempt.get("log_url") or "").rpartition("/")[2]
    if name := attempt.get("log_name") or (last if last.endswith(".log") else ""):
        return name
    version = (build.get("version") or build.get("source_version") or "").rpartition(":")[2]
    stem = f"{build['source']}_{version}_{build['architecture']}"
    return f"{stem}.build-{build['rebuild_no']}.attempt-{attempt['number']}.log"


def log_page_path(build: BuildView, attempt: AttemptView | None = None) -> str:
    """The page that shows a log; without an attempt, the newest one's."""
    query = f"?attempt={attempt['number']}" if attempt else ""
    return f"{build_path(build)}/log{query}"


def plain_log_path(build: BuildView, attempt: AttemptView) -> str:
    """The whole log as plain text."""
    tail = path_of("attempts", attempt["number"], log_name(build, attempt))
    return build_path(build) + tail


def job_path(identifier: object) -> str:
    """A job's page."""
    return path_of("jobs", identifier)


def toolchain_path(name: str) -> str:
    """A toolchain's page."""
    return path_of("toolchains", name)
