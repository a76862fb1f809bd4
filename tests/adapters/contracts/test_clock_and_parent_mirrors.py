"""What every clock and every knowledge of parent mirrors does: the fakes, and this machine."""

from datetime import UTC

import pytest
from tests.fakes import FakeClock, FakeParentMirrors

from vostok.adapters.apt_client import MachineApt
from vostok.adapters.clock import SystemClock
from vostok.services.ports import Clock, ParentMirrors


@pytest.fixture(params=["fake", "system"])
def clock(request: pytest.FixtureRequest) -> Clock:
    return FakeClock() if request.param == "fake" else SystemClock()


@pytest.fixture(params=["fake", pytest.param("machine", marks=pytest.mark.debian)])
def parents(request: pytest.FixtureRequest) -> ParentMirrors:
    if request.param == "machine":
        return MachineApt()
    return FakeParentMirrors({"bookworm": "http://mirror.example.org/debian"}, keyring=b"keys")


def test_a_clock_tells_aware_moments_that_do_not_go_back(clock: Clock) -> None:
    first, second = clock.now(), clock.now()

    assert first.tzinfo is UTC
    assert first <= second


def test_a_mirror_is_an_address_without_a_slash_at_its_end(parents: ParentMirrors) -> None:
    address = parents.find("bookworm")

    assert address is not None
    assert address.startswith("http")
    assert not address.endswith("/")


def test_an_unknown_suite_has_no_mirror_and_there_are_keys_and_an_architecture(
    parents: ParentMirrors,
) -> None:
    assert parents.find("no-such-suite") is None
    assert parents.keyring()
    assert parents.architecture().isascii()
    assert parents.architecture().replace("-", "").isalnum()
