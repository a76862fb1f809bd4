"""What the tables of the pages have in their columns: keys of the documents that they show."""

from typing import Final

ARCHIVES: Final = (
    "name", "kind", "state", "is_private", "parent", "taken", "toolchain.name",
    "toolchain.revision", "policy", "mode", "campaigns", "publications",
    "last_publication.number", "last_publication.at", "disk_bytes", "created_at",
)  # fmt: skip
CAMPAIGNS: Final = (
    "number", "reason", "requested_by", "created_at", "selection", "architectures",
    "toolchain.name", "toolchain.revision", "state", "total", "counts", "sentence",
)  # fmt: skip
PROGRESS: Final = ("until", "ended", "counts")
PUBLICATIONS: Final = ("number", "at", "sources", "binaries", "bytes", "reason")
KEPT_PUBLICATIONS: Final = (*PUBLICATIONS, "kept_as", "kept_by", "url")
BUILDS: Final = (
    "id", "archive", "suite", "source", "source_version", "architecture", "part", "form",
    "rebuild_no", "campaign", "version", "version_before", "state", "fate", "seconds",
    "proof.verdict", "warning", "sentence", "created_at", "finished_at",
)  # fmt: skip
ATTEMPTS: Final = (
    "number", "builder", "started_at", "finished_at", "outcome", "stage", "sentence",
    "seconds", "edition", "log_bytes",
)  # fmt: skip
ATTEMPT_FILES: Final = ("attempt", "name", "size", "sha256")
PRODUCERS: Final = ("producer", "class", "units")
EVENTS: Final = ("at", "actor", "state_after", "sentence")
CHANGED_BUILDS: Final = (
    "id", "source", "architecture", "version", "campaign", "state", "score",
)  # fmt: skip
REFUSED_BUILDS: Final = ("id", "source", "architecture", "state", "code", "sentence")
PLANNED_BUILDS: Final = (
    "source", "source_version", "architecture", "part", "form", "form_reason", "warning",
    "rebuild_no", "reach", "state", "version", "version_before",
)  # fmt: skip
REFUSED_SOURCES: Final = ("source", "code", "sentence")
OUTGOING_SOURCES: Final = ("source", "source_version", "version", "warning", "is_new")
SELECTED_SOURCES: Final = ("source", "version", "bytes", "reason")
JOBS: Final = (
    "id", "kind", "archive", "state", "message", "progress.done", "progress.total",
    "progress.unit", "error.message", "requested_by", "created_at", "started_at", "finished_at",
)  # fmt: skip
JOB_LINES: Final = (
    "number", "at", "kind", "text", "progress.done", "progress.total", "progress.unit",
)  # fmt: skip
_SPEC: Final = (
    "spec.compilers", "spec.packages", "spec.cppflags", "spec.cflags", "spec.cxxflags",
    "spec.fflags", "spec.ldflags", "spec.environment", "spec.build_options",
    "spec.build_profiles",
)  # fmt: skip
TOOLCHAINS: Final = ("name", "revision", "created_at", *_SPEC)
TOOLS: Final = ("architecture", "tool", "command", "package", "version", "from")
REVISIONS: Final = ("revision", "created_at", *_SPEC)
PERSONS: Final = (
    "name", "kind", "email", "purpose", "answerable", "role", "created_by", "created_at",
    "disabled_at", "is_shut_out",
)  # fmt: skip
TOKENS: Final = (
    "person", "name", "scope", "archive", "created_at", "expires_at", "used_at", "revoked_at",
)  # fmt: skip
KEYS: Final = ("person", "fingerprint", "added_by", "added_at", "revoked_at")
WEBHOOKS: Final = (
    "number", "address", "topics", "state", "sentence", "position", "created_by", "created_at",
)  # fmt: skip
DELIVERIES: Final = (
    "id", "key", "item", "topic", "state", "attempts", "next_at", "status", "answer",
    "created_at",
)  # fmt: skip
SUBSCRIPTIONS: Final = ("number", "archive", "campaign", "topics", "created_at")
LETTERS: Final = (
    "id", "key", "kind", "state", "attempts", "next_at", "status", "answer", "created_at",
)  # fmt: skip
TEAMS: Final = ("name", "persons", "teams", "created_by", "created_at")
MEMBERS: Final = ("kind", "name", "put_in_by", "put_in_at")
GRANTS: Final = (
    "number", "archive", "right", "person", "team", "component", "sources", "selection",
    "granted_by", "granted_at",
)  # fmt: skip
PERMISSIONS: Final = ("action", "is_allowed", "limits", "grounds", "refusal")
BUILDERS: Final = (
    "name", "state", "reason", "architectures", "seen_at", "is_present", "changed_by",
    "changed_at", "added_by", "added_at", "has_token", "token_used_at",
)  # fmt: skip
BUILDERS_AT_WORK: Final = (
    "build", "archive", "source", "version", "rebuild_no", "architecture", "state", "attempt",
    "started_at", "seen_at",
)  # fmt: skip
QUOTAS: Final = (
    "kind", "name", "is_own", "limits.archives", "limits.builds", "limits.bytes",
    "usage.archives", "usage.builds", "usage.bytes", "usage.build_bytes", "usage.log_bytes",
    "usage.upload_bytes", "usage.fetched_bytes", "set_by", "set_at",
)  # fmt: skip
AUDIT: Final = ("number", "at", "actor", "action", "archive", "subject", "detail")
SOURCES: Final = ("name", "version", "base_version", "is_changed", "section", "component")
DERIVATIONS: Final = (
    "number", "at", "requested_by", "reason", "selection", "taken", "mode", "unbuilt", "counts",
)  # fmt: skip
DIFFERENCES: Final = (
    "kind", "group", "name", "architectures", "left.version", "left.sha256", "right.version",
    "right.sha256", "sentence",
)  # fmt: skip
UPLOADS: Final = (
    "id", "source", "version", "state", "sentence", "person", "uploaded_by", "signed_by",
    "changes", "at",
)  # fmt: skip
UPLOADED_FILES: Final = ("name", "size", "sha256")
UPLOAD_BUILDS: Final = ("id", "architecture", "state", "sentence")
STORE_ARCHIVES: Final = (
    "name", "exclusive.files", "exclusive.bytes", "shared.files", "shared.bytes", "logs.files",
    "logs.bytes",
)  # fmt: skip
STORE_USES: Final = ("use", "files", "bytes")
DECISIONS: Final = ("source", "verdict", "before", "after", "offered", "sentence")
COUNTED_DIFFERENCES: Final = ("group", "sources", "binaries")
COUNTED_BUILDS: Final = ("group", "builds", "sentence")
COMPARED_BUILDS: Final = (
    "group", "source", "architecture", "first.id", "first.state", "first.version",
    "first.finished_at", "first.seconds", "second.id", "second.state", "second.version",
    "second.finished_at", "second.seconds", "sentence",
)  # fmt: skip
VERSION_COMPARISONS: Final = ("what", "version", "order", "level", "result")
NEWS: Final = ("at", "topic", "title", "sentence", "actor", "subject", "version", "architecture")
NOT_BUILT: Final = (
    "name", "version", "architectures", "source", "built_from", "source_version", "is_held_back",
    "reason",
)  # fmt: skip
