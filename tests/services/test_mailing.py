"""Mail: only to who asked, few letters however much happens, none lost and none twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.adapters.database.race import outcomes_at_once
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.adapters.database import schema
from vostok.domain.access import Principal, Role, TokenScope
from vostok.domain.attempt import Outcome
from vostok.domain.delivery import ATTEMPTS_MAX, Delivery, SentAnswer
from vostok.domain.mail import LINES_MAX, Letter, LinkPurpose
from vostok.domain.news import NewsTopic
from vostok.domain.person import Person
from vostok.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
)
from vostok.services.building.campaign_ends import CampaignEnds
from vostok.services.job_runner import JobRunner
from vostok.services.people.rights import RightsService, with_rights
from vostok.services.people.robots import RobotRequest, RobotService
from vostok.services.telling import mailing as mailing_module
from vostok.services.telling.delivering import ATTEMPT_LEASE, Deliverer
from vostok.services.telling.mailing import MailService
from vostok.services.telling.subscriptions import SubscriptionRequest, SubscriptionService

PAUSE = timedelta(minutes=15)
TAKEN = SentAnswer(status=250, text="taken")
BROKEN = SentAnswer(status=None, text="connection refused")
URL = "https://vostok.example.org"


class FakeMailSender:
    """Keeps what was sent; answers as it is told."""

    def __init__(self) -> None:
        self.answer = TAKEN
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> SentAnswer:
        self.letters.append(letter)
        return self.answer


class PostOffice:
    """An installation with mail, and a person who may read it."""

    def __init__(self, world: Installation) -> None:
        self.world = world
        self.sender = FakeMailSender()
        self.service = self.fresh_service()
        self.subscriptions = SubscriptionService(
            world.database, lambda: b"a key", world.clock, is_mailed=True
        )
        self.rights = RightsService(world.database, world.clock)
        self.meg = self.person("meg")

    def fresh_service(self) -> MailService:
        """As after the executor was killed."""
        return MailService(
            self.world.database, self.sender, lambda: b"a key", self.world.clock, URL, pause=PAUSE
        )

    def person(self, name: str, *, email: str | None = None) -> Person:
        with self.world.database.write() as transaction:
            return transaction.people.add(
                name,
                email=email or f"{name}@example.org",
                role=Role.MEMBER,
                by="x",
                at=self.world.clock.now(),
            )

    def principal(self, person: Person | None = None) -> Principal:
        """The person as they are now."""
        one = person or self.meg
        with self.world.database.read() as transaction:
            bare = Principal(name=one.name, role=one.role, person_id=one.id)
            return with_rights(transaction, bare)

    def subscribe(self, *topics: NewsTopic, campaign: int | None = None) -> None:
        asked = SubscriptionRequest(archive="trial", campaign=campaign, topics=frozenset(topics))
        self.subscriptions.subscribe(self.principal(), asked)

    def confirmed(self, *topics: NewsTopic) -> None:
        """Subscribed, with an address that was confirmed."""
        self.subscribe(*topics)
        self.service.deliver()
        self.subscriptions.confirm(link_in(self.sender.letters.pop(), LinkPurpose.CONFIRM))

    def work(self) -> list[Letter]:
        """Gather and send; the letters that came of it."""
        before = len(self.sender.letters)
        CampaignEnds(self.world.database, self.world.clock).note()
        self.service.gather()
        self.service.deliver()
        return self.sender.letters[before:]

    def log(self) -> list[Delivery]:
        return self.subscriptions.letters(self.principal())


def link_in(letter: Letter, purpose: LinkPurpose) -> str:
    """The end of the link in a letter."""
    mark = f"{URL}/mail/{purpose}/"
    [line] = [line for line in letter.text.splitlines() if mark in line]
    return line.partition(mark)[2]


@pytest.fixture
def office(derived: Installation) -> PostOffice:
    derived.clock.set_step(0)
    return PostOffice(derived)


def fail(world: Installation, *sources: str) -> None:
    """Builds of some sources that all fail."""
    world.rebuild(",".join(sources))
    machine = BuildMachine(world)
    for _ in sources:
        machine.report(machine.claim(), Outcome.FAILED)
        world.engine.run_all()


def test_nobody_is_mailed_who_did_not_ask(office: PostOffice) -> None:
    fail(office.world, "hello")

    assert office.work() == []


def test_the_first_letter_asks_whether_the_address_is_theirs_and_nothing_comes_before(
    office: PostOffice,
) -> None:
    office.subscribe()
    fail(office.world, "hello")

    [letter] = office.work()
    assert office.work() == []

    assert letter.to == "meg@example.org"
    assert letter.unsubscribe is None
    office.subscriptions.confirm(link_in(letter, LinkPurpose.CONFIRM))
    [news] = office.work()
    assert "hello" in news.text


def test_a_letter_tells_what_happened_with_links_and_how_to_end_it(office: PostOffice) -> None:
    office.confirmed()
    fail(office.world, "hello")

    [letter] = office.work()

    assert letter.subject == "[Vostok] trial: 1 build failed, 1 campaign ended"
    assert f"{URL}/archives/trial/builds/hello/1/amd64" in letter.text
    assert f"{URL}/archives/trial/campaigns/1" in letter.text
    assert letter.unsubscribe == f"{URL}/mail/unsubscribe/" + link_in(
        letter, LinkPurpose.UNSUBSCRIBE
    )


def test_many_failures_make_one_letter_that_names_some_and_counts_all(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vostok.domain.mail.LINES_MAX", 2)
    assert LINES_MAX > 2
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello", "indep", "only", "libfoo")

    [letter] = office.work()

    assert letter.subject == "[Vostok] trial: 4 builds failed"
    assert letter.text.count("/builds/") == 2
    assert "and 2 more" in letter.text


def test_a_person_gets_no_second_letter_within_the_pause_and_then_all_that_happened(
    office: PostOffice,
) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")
    assert len(office.work()) == 1
    fail(office.world, "indep")
    fail(office.world, "only")
    assert office.work() == []

    office.world.clock.advance(PAUSE.total_seconds())

    [letter] = office.work()
    assert letter.subject == "[Vostok] trial: 2 builds failed"


def test_nothing_of_before_the_subscription_is_told(office: PostOffice) -> None:
    fail(office.world, "hello")
    CampaignEnds(office.world.database, office.world.clock).note()
    office.confirmed()

    assert office.work() == []


def test_only_topics_that_were_asked_for_are_told(office: PostOffice) -> None:
    office.confirmed(NewsTopic.ENDED)
    fail(office.world, "hello")

    [letter] = office.work()

    assert letter.subject == "[Vostok] trial: 1 campaign ended"
    assert "0 of 1 built, 1 not" in letter.text


def test_a_subscription_to_a_campaign_tells_of_it_alone(office: PostOffice) -> None:
    fail(office.world, "hello")
    office.confirmed(NewsTopic.PUBLISHED)
    office.world.rebuild("indep")
    office.subscribe(NewsTopic.FAILED, campaign=2)
    fail(office.world, "only")
    machine = BuildMachine(office.world)
    machine.report(machine.claim(), Outcome.FAILED)
    office.world.engine.run_all()

    letters = office.work()

    assert len(letters) <= 1
    for letter in letters:
        assert letter.subject == "[Vostok] trial, campaign 2: 1 build failed"


def test_a_campaign_that_goes_on_ends_again(office: PostOffice) -> None:
    office.confirmed(NewsTopic.ENDED)
    fail(office.world, "hello")
    ends = CampaignEnds(office.world.database, office.world.clock)

    assert ends.note() == 1
    assert ends.note() == 0
    assert len(office.work()) == 1


def test_a_process_that_is_killed_while_it_gathers_leaves_a_letter_or_none(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")

    class KilledError(BaseException):
        """Nothing catches it."""

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("vostok.adapters.database.deliveries.SqlDeliveries.put", killed)
        with pytest.raises(KilledError):
            office.service.gather()
    office.service = office.fresh_service()

    assert [letter.subject for letter in office.work()] == ["[Vostok] trial: 1 build failed"]
    office.service = office.fresh_service()
    office.world.clock.advance(PAUSE.total_seconds())
    assert office.work() == []


def test_a_process_that_is_killed_while_it_sends_sends_again_with_the_same_message_id(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")
    with monkeypatch.context() as patch:
        patch.setattr(Deliverer, "_settle", lambda *_: None)
        office.work()
    office.service = office.fresh_service()
    assert office.service.deliver() == 0

    office.world.clock.advance(ATTEMPT_LEASE.total_seconds())
    office.service.deliver()

    first, second = office.sender.letters
    assert (first.key, first.at, first.text) == (second.key, second.at, second.text)


def test_what_the_mail_server_does_not_take_is_tried_again_and_given_up_in_the_end(
    office: PostOffice,
) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")
    office.sender.answer = BROKEN
    office.work()

    for _ in range(ATTEMPTS_MAX):
        [letter, _] = office.log()
        if letter.next_at is not None:
            office.world.clock.advance((letter.next_at - office.world.clock.now()).total_seconds())
        office.service.deliver()

    [letter, _] = office.log()
    assert (letter.state, letter.attempts) == ("failed", ATTEMPTS_MAX)
    assert letter.answer == "connection refused"
    office.sender.answer = TAKEN
    office.subscriptions.send_again(office.principal(), letter.id)
    office.service.deliver()
    assert office.log()[0].state == "delivered"
    assert {sent.key for sent in office.sender.letters} == {letter.key}


def test_only_a_letter_that_failed_is_sent_again(office: PostOffice) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")
    office.work()
    [letter, _] = office.log()

    with pytest.raises(ConflictError, match="has not failed: it is delivered"):
        office.subscriptions.send_again(office.principal(), letter.id)


@pytest.mark.parametrize(
    "answer", [TAKEN, SentAnswer(status=550, text="no such user", is_gone=True)]
)
def test_a_link_to_confirm_is_not_sent_again_as_a_letter(
    office: PostOffice, answer: SentAnswer
) -> None:
    """The pause between two such letters would not hold."""
    office.sender.answer = answer
    office.subscribe(NewsTopic.FAILED)
    office.service.deliver()
    [letter] = office.log()

    with pytest.raises(ConflictError, match="asks for a confirmation"):
        office.subscriptions.send_again(office.principal(), letter.id)

    office.service.deliver()
    assert len(office.sender.letters) == 1


def test_an_address_that_its_server_does_not_know_is_not_written_to_again(
    office: PostOffice,
) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")
    office.sender.answer = SentAnswer(status=550, text="no such user", is_gone=True)
    office.work()
    office.world.clock.advance(PAUSE.total_seconds())
    fail(office.world, "indep")

    assert office.work() == []

    found = office.subscriptions.of(office.principal())
    assert not found.is_confirmed
    assert found.address is not None
    assert "no such user" in found.address.sentence


def test_an_address_of_before_is_given_up_without_the_one_of_now(office: PostOffice) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")

    class Moving(FakeMailSender):
        """A server that does not know an address, whose person has confirmed another by then."""

        def send(self, letter: Letter) -> SentAnswer:
            super().send(letter)
            with office.world.database.engine.connect() as connection:
                connection.execute(
                    schema.person.update()
                    .where(schema.person.c.id == office.meg.id)
                    .values(email="new@example.org")
                )
                connection.commit()
            with office.world.database.write() as transaction:
                known = transaction.mail.address(office.meg.id)
                assert known is not None
                transaction.mail.put_address(replace(known, address="new@example.org"))
            return SentAnswer(status=550, text="no such user", is_gone=True)

    office.sender = Moving()
    office.service = office.fresh_service()

    [letter] = office.work()

    found = office.subscriptions.of(office.principal())
    assert letter.to == "meg@example.org"
    assert found.address is not None
    assert (found.address.address, found.is_confirmed) == ("new@example.org", True)


@pytest.mark.database
def test_a_link_that_is_followed_twice_at_once_confirms_once(
    derived_on_postgresql: Installation,
) -> None:
    office = PostOffice(derived_on_postgresql)
    office.subscribe()
    office.service.deliver()
    link = link_in(office.sender.letters.pop(), LinkPurpose.CONFIRM)

    outcomes = outcomes_at_once([lambda: office.subscriptions.confirm(link)] * 6)

    assert [isinstance(outcome, Person) for outcome in outcomes] == [True] * 6, outcomes
    assert office.subscriptions.of(office.principal()).is_confirmed


def test_who_loses_sight_of_an_archive_gets_no_mail_of_it(office: PostOffice) -> None:
    office.confirmed(NewsTopic.FAILED)
    office.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    fail(office.world, "hello")

    assert office.work() == []

    office.rights.set_private(ADMINISTRATOR, "trial", is_private=False)
    assert office.work() == []
    assert office.subscriptions.of(office.principal()).subscriptions == []


def test_a_letter_that_waits_says_nothing_of_what_was_lost_sight_of_meanwhile(
    office: PostOffice,
) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")
    office.service.gather()
    office.rights.set_private(ADMINISTRATOR, "trial", is_private=True)

    office.service.deliver()

    assert office.sender.letters == []
    assert office.log()[0].state == "failed"


def test_who_is_shut_out_gets_no_mail(office: PostOffice) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")
    office.service.gather()
    with office.world.database.write() as transaction:
        transaction.people.set_disabled(office.meg.id, office.world.clock.now())
    fail(office.world, "indep")
    office.world.clock.advance(PAUSE.total_seconds())

    assert office.work() == []


def test_what_was_unsubscribed_from_is_not_told_though_it_was_gathered(
    office: PostOffice,
) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")
    office.service.gather()
    [one] = office.subscriptions.of(office.principal()).subscriptions

    office.subscriptions.unsubscribe(office.principal(), one.number)
    office.service.deliver()

    assert office.sender.letters == []


def test_the_link_in_a_letter_ends_everything_and_is_good_for_its_person_only(
    office: PostOffice,
) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")
    [letter] = office.work()
    token = link_in(letter, LinkPurpose.UNSUBSCRIBE)

    for wrong in ("", "x", "1-" + "0" * 64, f"9{token}", token[:-1] + "x"):
        with pytest.raises(NotFoundError):
            office.subscriptions.unsubscribe_all(wrong)
    with pytest.raises(NotFoundError):
        office.subscriptions.confirm(token)
    person, ended = office.subscriptions.unsubscribe_all(token)

    assert (person.name, ended) == ("meg", 1)
    assert office.subscriptions.unsubscribe_all(token)[1] == 0
    assert office.subscriptions.of(office.principal()).subscriptions == []


def test_of_uploads_a_person_is_told_of_their_own_only(office: PostOffice) -> None:
    office.confirmed(NewsTopic.REFUSED)
    add_upload(office, "lou")
    add_upload(office, "meg")

    [letter] = office.work()

    assert letter.subject == "[Vostok] trial: 1 upload refused"


def add_upload(office: PostOffice, person: str) -> None:
    with office.world.database.write() as transaction:
        [suite] = transaction.archives.suites(transaction.archives.named("trial").id)
        archive_id = suite.archive_id
    with office.world.database.engine.begin() as connection:
        connection.execute(
            schema.upload.insert().values(
                archive_id=archive_id, uploaded_by=person, signed_by="", source="hello",
                changes_name="hello.changes", changes_sha256="0", version="3", state="refused",
                sentence="was refused", at=0,
            )
        )  # fmt: skip


def test_a_job_that_failed_is_told(office: PostOffice) -> None:
    office.confirmed(NewsTopic.JOB_FAILED)
    job = office.world.publish()
    JobRunner(office.world.database, office.world.clock, {}, {}).crash(job.id, "a bug")

    letters = office.work()

    assert [letter.subject for letter in letters] == ["[Vostok] trial: 1 job failed"]
    assert f"{URL}/jobs/{job.id}" in letters[0].text


def test_only_persons_subscribe_and_only_themselves(office: PostOffice) -> None:
    asked = SubscriptionRequest(archive="trial")
    with pytest.raises(InvalidInputError, match="is no person"):
        office.subscriptions.subscribe(ADMINISTRATOR, asked)
    with pytest.raises(NotAuthenticatedError):
        office.subscriptions.subscribe(Principal(name="x", role=Role.ANONYMOUS), asked)
    reading = Principal(
        name="meg", role=Role.MEMBER, person_id=office.meg.id, scopes=frozenset({TokenScope.READ})
    )
    with pytest.raises(NotAllowedError):
        office.subscriptions.subscribe(reading, asked)
    with pytest.raises(NotAllowedError):
        office.subscriptions.of(office.principal(office.person("lou")), "meg")
    with pytest.raises(InvalidInputError, match="progress is not told by mail"):
        office.subscribe(NewsTopic.PROGRESS)
    assert office.subscriptions.of(ADMINISTRATOR, "meg").subscriptions == []


def test_an_address_that_would_need_quoting_gets_no_mail(office: PostOffice) -> None:
    odd = office.person("odd", email="a,b@example.org")

    with pytest.raises(InvalidInputError, match="no mail can be sent"):
        office.subscriptions.subscribe(office.principal(odd), SubscriptionRequest(archive="trial"))


def test_a_robot_which_has_no_address_gets_no_mail(office: PostOffice) -> None:
    request = RobotRequest(name="nightly-robot", purpose="watches", answerable="meg")
    robot = RobotService(office.world.database, office.world.clock).add(ADMINISTRATOR, request)

    with pytest.raises(InvalidInputError, match="a robot has no address, and gets no mail"):
        office.subscriptions.subscribe(
            office.principal(robot), SubscriptionRequest(archive="trial")
        )

    assert office.subscriptions.of(office.principal(robot)).address is None


def test_without_a_mail_server_nothing_is_subscribed_gathered_or_sent(
    office: PostOffice,
) -> None:
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello")
    world = office.world
    silent = MailService(world.database, None, lambda: b"a key", world.clock, URL, pause=PAUSE)
    unsubscribable = SubscriptionService(
        world.database, lambda: b"a key", world.clock, is_mailed=False
    )

    assert silent.gather() == silent.deliver() == 0
    with pytest.raises(ConflictError, match="sends no mail"):
        unsubscribable.subscribe(office.principal(), SubscriptionRequest(archive="trial"))


def test_a_link_is_not_sent_again_within_minutes(office: PostOffice) -> None:
    office.subscribe()

    with pytest.raises(ConflictError, match="a link was sent"):
        office.subscriptions.ask_again(office.principal())
    office.world.clock.advance(601)
    office.subscriptions.ask_again(office.principal())
    office.service.deliver()

    [letter] = office.sender.letters  # the first link is good for nothing any more
    office.subscriptions.confirm(link_in(letter, LinkPurpose.CONFIRM))
    with pytest.raises(ConflictError, match="is confirmed"):
        office.subscriptions.ask_again(office.principal())


def test_letters_of_an_archive_that_was_much_worked_on_are_bounded(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing_module, "ITEMS_AT_ONCE", 2)
    monkeypatch.setattr(mailing_module, "PAGES_MAX", 3)
    office.confirmed(NewsTopic.FAILED)
    fail(office.world, "hello", "indep", "only", "libfoo")
    told = 0

    for _ in range(12):
        for letter in office.work():
            told += int(letter.subject.rpartition(": ")[2].split()[0])
        office.world.clock.advance(PAUSE.total_seconds())
        office.service = office.fresh_service()

    assert told == 4
