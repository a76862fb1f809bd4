"""Documents of builders."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.queues import BuildAtWorkView


class KnownBuilderView(TypedDict):
    """A machine that builds.

    `state` is `active`, `paused` or `removed`, and `reason` why; `added_by` is null of one that
    came with the installation's token for builders. `token_used_at` is told to who manages
    builders.
    """

    name: str
    architectures: list[str]
    seen_at: str | None
    is_present: bool
    state: str
    reason: str | None
    changed_by: str | None
    changed_at: str | None
    added_by: str | None
    added_at: str | None
    has_token: bool
    token_used_at: str | None
    at_work: list[BuildAtWorkView]


class NewBuilderView(KnownBuilderView):
    """A builder with its token, which is told only now."""

    token: str
