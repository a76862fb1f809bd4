"""Mail: who asked to be told of what, and letters that tell it.

Nobody is written to who did not ask: there is a letter only for a subscription that its
person made, and only at an address whose reader said, by a link sent there, that it is theirs.
"""

import hashlib
import hmac
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from vostok.domain.counting import counted
from vostok.domain.news import NewsItem, NewsPosition, NewsTopic
from vostok.errors import InvalidInputError, NotFoundError

SUBSCRIPTIONS_OF_PERSON_MAX: Final = 50
LINES_MAX: Final = 20
"""Items of one subscription that a letter names; the others it counts."""
LINE_CHARACTERS_MAX: Final = 300
CONFIRMATION_PAUSE: Final = timedelta(minutes=10)
"""Between two letters that ask whether an address is somebody's."""

MAIL_TOPICS: Final = frozenset(NewsTopic) - {NewsTopic.PROGRESS}
MAILED_BY_DEFAULT: Final = frozenset(
    {
        NewsTopic.FAILED,
        NewsTopic.ENDED,
        NewsTopic.JOB_FAILED,
        NewsTopic.UNDECIDED,
        NewsTopic.ACCEPTED,
        NewsTopic.REFUSED,
    }
)
_OWN: Final = frozenset({NewsTopic.ACCEPTED, NewsTopic.REFUSED})
"""Of uploads somebody is told only of their own."""

_TOLD: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        NewsTopic.BUILT: ("build brought packages", "builds brought packages"),
        NewsTopic.FAILED: ("build failed", "builds failed"),
        NewsTopic.STOPPED: ("build stopped", "builds stopped"),
        NewsTopic.PROGRESS: ("build went on", "builds went on"),
        NewsTopic.PUBLISHED: ("publication", "publications"),
        NewsTopic.ACCEPTED: ("upload accepted", "uploads accepted"),
        NewsTopic.REFUSED: ("upload refused", "uploads refused"),
        NewsTopic.REQUESTED: ("campaign requested", "campaigns requested"),
        NewsTopic.ENDED: ("campaign ended", "campaigns ended"),
        NewsTopic.JOB_FAILED: ("job failed", "jobs failed"),
        NewsTopic.UNDECIDED: ("sync needs a decision", "syncs need a decision"),
    }
)
"""What a letter says of one item of a topic, and of several."""

# What every mail server takes as it is; other addresses would need extensions of SMTP.
_MAILABLE: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
)
_TOKEN: Final = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{64})")


class MailSecurity(StrEnum):
    """How a connection to a mail server is kept secret."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class LetterKind(StrEnum):
    """What a letter is for."""

    CONFIRMATION = "confirmation"
    NEWS = "news"


class LinkPurpose(StrEnum):
    """What a link in a letter does for its person."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAddress:
    """Where a person gets mail.

    Attributes:
        nonce: what the links in letters are made of, together with the installation's own key.
        asked_at: when a link to confirm it was sent last.
        confirmed_at: when its reader followed such a link.
    """

    person_id: int
    address: str
    nonce: str
    sentence: str
    asked_at: datetime | None
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a person asked to be told of.

    Attributes:
        number: in the whole installation.
        campaign: number of the only campaign that it is about; None: the whole archive.
        position: up to where letters were made of the news.
    """

    number: int
    person_id: int
    archive_id: int
    archive: str
    campaign: int | None
    topics: frozenset[NewsTopic]
    position: NewsPosition
    created_at: datetime

    @property
    def subject(self) -> str:
        """What it is about."""
        return (
            self.archive if self.campaign is None else f"{self.archive}, campaign {self.campaign}"
        )

    def wants(self, item: NewsItem, person: str) -> bool:
        """Whether it is about an item; of uploads only about the person's own."""
        return item.topic in self.topics and (item.topic not in _OWN or item.actor == person)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """One item in a letter."""

    text: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSection:
    """What a letter tells for one subscription.

    Attributes:
        counts: how many items of which topic, the most first.
        lines: the first of the items, in order.
        page: address of the page that shows more.
    """

    subscription: int
    archive: str
    subject: str
    counts: tuple[tuple[str, int], ...]
    lines: tuple[LetterLine, ...]
    page: str

    @property
    def items(self) -> int:
        """How many items it tells of."""
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as it is sent.

    Attributes:
        key: what its Message-ID is made of, the same in every attempt.
        at: its date, the same in every attempt.
        unsubscribe: address at which everything is unsubscribed from; None: it is no news.
    """

    to: str
    subject: str
    text: str
    key: str
    at: datetime
    unsubscribe: str | None


def check_mailable(address: str | None) -> str:
    """The address, if any mail server takes it.

    Raises:
        InvalidInputError: it needs extensions, or quoting; or there is none, as of a robot.
    """
    if address is None:
        raise InvalidInputError(
            "a robot has no address, and gets no mail",
            hint="whoever answers for it subscribes themself",
            reason="not-mailable",
        )
    if not _MAILABLE.fullmatch(address):
        raise InvalidInputError(
            f"no mail can be sent to {address[:70]!r}",
            hint="an administrator registers another address: plain letters, digits and dots",
            reason="not-mailable",
        )
    return address


def check_mail_topics(topics: frozenset[NewsTopic]) -> frozenset[NewsTopic]:
    """The topics, or those that are mailed by default; not every step of every build.

    Raises:
        InvalidInputError: one of them is not mailed.
    """
    if unmailed := topics - MAIL_TOPICS:
        raise InvalidInputError(
            f"{', '.join(sorted(unmailed))} is not told by mail",
            hint="follow it in a terminal: vostok archive watch NAME",
            reason="not-mailed",
        )
    return topics or MAILED_BY_DEFAULT


def section_of(
    subscription: Subscription, items: Sequence[tuple[NewsItem, str]], page: str
) -> LetterSection:
    """What a letter tells for a subscription.

    Args:
        subscription: whose.
        items: what happened that it wants, with the address of the page of each.
        page: the address of the page of all of it.
    """
    counts = Counter(str(item.topic) for item, _ in items)
    return LetterSection(
        subscription=subscription.number,
        archive=subscription.archive,
        subject=subscription.subject,
        counts=tuple(counts.most_common()),
        lines=tuple(
            LetterLine(text=_one_line(f"{item.title}: {item.sentence}"), page=address)
            for item, address in items[:LINES_MAX]
        ),
        page=page,
    )


def payload_of(sections: Iterable[LetterSection]) -> str:
    """The sections as they are kept until the letter is sent."""
    return json.dumps({"sections": [asdict(section) for section in sections]})


def sections_of(payload: str) -> list[LetterSection]:
    """The sections that were kept so."""
    return [
        LetterSection(
            subscription=kept["subscription"],
            archive=kept["archive"],
            subject=kept["subject"],
            counts=tuple((topic, count) for topic, count in kept["counts"]),
            lines=tuple(LetterLine(**line) for line in kept["lines"]),
            page=kept["page"],
        )
        for kept in json.loads(payload)["sections"]
    ]


def news_subject(sections: Sequence[LetterSection]) -> str:
    """The subject of a letter: where something happened, and how much of what."""
    counts: Counter[str] = Counter()
    for section in sections:
        counts.update(dict(section.counts))
    what = _told(counts.most_common())
    where = sections[0].subject
    if len(sections) > 1:
        where += f" and {counted(len(sections) - 1, 'other')}"
    return f"[Vostok] {_one_line(f'{where}: {what}')}"


def news_text(sections: Sequence[LetterSection], *, manage: str, unsubscribe: str) -> str:
    """The body of a letter that tells of news.

    Args:
        sections: what it tells.
        manage: address of the page where subscriptions are changed.
        unsubscribe: address that ends all of them.
    """
    parts = [part for section in sections for part in _section_text(section)]
    return "\n".join(
        [
            *parts,
            "--",
            "You get this because you subscribed to it.",
            f"Change what you are told of: {manage}",
            f"Unsubscribe from everything: {unsubscribe}",
            "",
        ]
    )


def confirmation_text(person: str, link: str) -> str:
    """The body of a letter that asks whether an address is somebody's."""
    return "\n".join(
        [
            f"{person} asked to be told by mail at this address what happens in an archive.",
            "",
            "If that is you, follow this link and confirm it:",
            f"  {link}",
            "",
            "If it is not, do nothing: no other mail comes.",
            "",
        ]
    )


def link_token(key: bytes, address: MailAddress, purpose: LinkPurpose) -> str:
    """What a link in a letter ends in: whoever has only the database cannot make one."""
    said = f"mail {purpose} {address.person_id} {address.nonce} {address.address}"
    return f"{address.person_id}-{hmac.new(key, said.encode(), hashlib.sha256).hexdigest()}"


def person_of_link(token: str) -> int:
    """The person whom the end of a link says that it is of; whether it is, `is_link` says.

    Raises:
        NotFoundError: no link ends so.
    """
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise unknown_link()
    return int(found[1])


def is_link(token: str, key: bytes, address: MailAddress, purpose: LinkPurpose) -> bool:
    """Whether a link of the address, with that purpose, ends so."""
    return hmac.compare_digest(token, link_token(key, address, purpose))


def unknown_link() -> NotFoundError:
    """What is said of a link that is nobody's, or not any more."""
    return NotFoundError(
        "this link is good for nothing any more",
        hint="sign in, and look at your own page: it shows what you are subscribed to",
    )


def is_confirmed(address: MailAddress | None, email: str | None) -> bool:
    """Whether mail may go to a person at the address that is registered for them now."""
    return address is not None and address.confirmed_at is not None and address.address == email


def names_of(topics: Collection[NewsTopic]) -> list[str]:
    """The topics in the order in which they are shown."""
    return [topic for topic in NewsTopic if topic in topics]


def _section_text(section: LetterSection) -> list[str]:
    text = [f"{section.subject}: {_told(section.counts)}", f"  {section.page}", ""]
    for line in section.lines:
        text += [f"* {line.text}", f"  {line.page}"]
    if section.items > len(section.lines):
        text.append(f"* and {section.items - len(section.lines)} more")
    return [*text, ""]


def _told(counts: Iterable[tuple[str, int]]) -> str:
    """How many of what: `2 builds failed, 1 campaign ended`."""
    return ", ".join(counted(count, *_TOLD.get(topic, (topic, topic))) for topic, count in counts)


def _one_line(text: str) -> str:
    """The text without line breaks and other control characters, not too long."""
    clean = "".join(sign if sign.isprintable() else " " for sign in text)
    cut = len(clean) > LINE_CHARACTERS_MAX
    return clean[: LINE_CHARACTERS_MAX - 1] + "…" if cut else clean
