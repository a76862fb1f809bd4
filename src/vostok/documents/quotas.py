"""Documents of quotas."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class LimitsView(TypedDict):
    """How much there may be; null: no limit. `builds` are those that have not ended."""

    archives: int | None
    builds: int | None
    bytes: int | None


class UsageView(TypedDict):
    """How much there is. `bytes` is the sum of the four that follow it."""

    archives: int
    builds: int
    bytes: int
    build_bytes: int
    log_bytes: int
    upload_bytes: int
    fetched_bytes: int


class QuotaView(TypedDict):
    """Whom limits hold for, and what is used of them.

    `kind` is `archive`, `person`, `team`, or `default`, whose name is `archive` or `person`;
    `is_own` is false where the limits are the default ones, or there are none.
    """

    kind: str
    name: str
    is_own: bool
    limits: LimitsView
    usage: UsageView
    set_by: str | None
    set_at: str | None
