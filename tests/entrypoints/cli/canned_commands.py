"""A server that can answer everything, and words that several tests begin commands with."""

from tests.entrypoints.cli.canned import (
    BUILD,
    CAMPAIGN,
    COLLECTED,
    DELETION,
    DERIVATION_PLAN,
    DERIVED,
    ESTIMATE,
    IMAGE,
    KEPT,
    NOT_BUILT,
    NOTHING_REFUSED,
    PREFLIGHT,
    PUBLICATION,
    RUNNING,
    SOUND,
    STATS,
    STATUS,
    SUCCEEDED,
    TOOLCHAIN,
    CommandLine,
)

IMPORT = (
    *("archive", "import", "debian", "--suite", "bookworm"),
    *("--component", "main", "--component", "contrib", "--architecture", "amd64"),
)
DERIVE = ("archive", "derive", "trial", "--parent", "debian/bookworm")
REQUEST = ("rebuild", "request", "trial", "--reason", "try gcc 11")


def can_everything(vostok: CommandLine) -> None:
    """Have the server answer whatever these commands ask."""
    server = vostok.server
    server.answer("GET", "status", STATUS)
    server.answer("GET", "archives", {"archives": [IMAGE, DERIVED]})
    server.answer("GET", "archives/trial", DERIVED)
    server.answer("POST", "archives", SUCCEEDED, status=202)
    server.answer("POST", "imports", SUCCEEDED, status=202)
    server.answer("DELETE", "archives/trial", SUCCEEDED | {"result": DELETION}, status=202)
    server.answer("GET", "archives/trial/deletion", DELETION)
    server.answer("PATCH", "archives/trial", {"archive": DERIVED, "job": None})
    server.answer("POST", "store/statistics", SUCCEEDED | {"result": STATS}, status=202)
    server.answer("POST", "store/verifications", SUCCEEDED | {"result": SOUND}, status=202)
    server.answer("POST", "store/collections", SUCCEEDED | {"result": COLLECTED}, status=202)
    server.answer("POST", "toolchains", TOOLCHAIN, status=201)
    server.answer("GET", "toolchains", {"toolchains": [TOOLCHAIN]})
    server.answer("GET", "toolchains/gcc-11", TOOLCHAIN)
    server.answer("GET", "toolchains/gcc-11/preflight", PREFLIGHT)
    server.answer(
        "POST",
        "archives/trial/campaigns",
        {"campaign": CAMPAIGN, "job": SUCCEEDED, **NOTHING_REFUSED},
        status=202,
    )
    server.answer("POST", "estimates", DERIVATION_PLAN)
    server.answer("POST", "archives/trial/estimates", ESTIMATE)
    server.answer("GET", "archives/trial/campaigns", {"campaigns": [CAMPAIGN]})
    server.answer("GET", "archives/trial/campaigns/1", CAMPAIGN)
    server.answer("GET", "builds/7", BUILD)
    server.answer("POST", "builds/7/retries", BUILD)
    server.answer("POST", "builds/7/cancellations", BUILD)
    server.answer_log(7, b"dpkg-buildpackage\n", size=18, is_complete=True)
    server.answer("POST", "archives/trial/publications", SUCCEEDED, status=202)
    server.answer("GET", "archives/trial/publications", {"publications": [PUBLICATION]})
    server.answer("GET", "archives/trial/not-built", NOT_BUILT)
    server.answer("PUT", "archives/trial/publications/3/keep", KEPT)
    server.answer("DELETE", "archives/trial/publications/3/keep", PUBLICATION)
    server.answer("GET", "jobs", {"jobs": [RUNNING]})
    server.answer("GET", "jobs/12", SUCCEEDED)
    server.answer("POST", "jobs/12/cancellations", SUCCEEDED)
