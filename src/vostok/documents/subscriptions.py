"""Documents of what persons are told of by mail."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class SubscriptionView(TypedDict):
    """What a person asked to be told of by mail.

    `campaign` is the number of the only one that it is about; without one, the whole archive.
    """

    number: int
    archive: str
    campaign: int | None
    topics: list[str]
    created_at: str


class MailAddressView(TypedDict):
    """Where a person gets mail.

    `is_mailed` says whether this server sends mail at all, `sentence` how it is with the address.
    """

    person: str
    address: str
    is_confirmed: bool
    is_mailed: bool
    sentence: str
    asked_at: str | None
    confirmed_at: str | None


class LetterView(TypedDict):
    """A letter, and what became of it.

    `kind` is news or confirmation; `answer` what the mail server said last, or why
    it said nothing.
    """

    id: int
    key: str
    kind: str
    state: str
    attempts: int
    next_at: str | None
    status: int | None
    answer: str
    created_at: str
