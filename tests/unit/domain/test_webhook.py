"""Webhooks: where they may be sent, how they are signed, how long they are tried."""

import hmac
from datetime import timedelta
from ipaddress import ip_address

import pytest

from vostok.domain.delivery import ATTEMPTS_MAX, delay_after
from vostok.domain.webhook import (
    check_literal,
    is_reachable,
    parse_networks,
    secret_of,
    signature,
)
from vostok.errors import InvalidInputError

INSIDE = [
    "127.0.0.1", "127.8.0.1", "0.1.2.3", "10.1.2.3", "172.16.0.1", "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1", "224.0.1.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fd00::1",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "2002:7f00:1::", "2002:a00:1::1", "64:ff9b:1::a00:1", "64:ff9b:1::1", "fec0::1", "feff::1",
    "::7f00:1", "::10.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_of_this_machine_or_of_its_networks_is_reached(address: str) -> None:
    assert not is_reachable(ip_address(address), [])


@pytest.mark.parametrize("address", ["151.101.2.132", "2a04:4e42::644", "::ffff:151.101.2.132"])
def test_addresses_outside_are_reached(address: str) -> None:
    assert is_reachable(ip_address(address), [])


def test_networks_that_are_named_are_reached_and_no_others() -> None:
    allowed = parse_networks("10.1.0.0/16, fd00::/8,")

    assert is_reachable(ip_address("10.1.2.3"), allowed)
    assert is_reachable(ip_address("::ffff:10.1.2.3"), allowed)
    assert is_reachable(ip_address("fd00::1"), allowed)
    assert is_reachable(ip_address("fec0::1"), parse_networks("fec0::/10"))
    assert not is_reachable(ip_address("10.2.2.3"), allowed)


def test_names_are_judged_when_they_are_resolved() -> None:
    check_literal("localhost", [])

    with pytest.raises(InvalidInputError, match="of this machine"):
        check_literal("::1", [])


def test_the_signature_is_of_moment_and_body_under_a_secret_of_key_and_nonce() -> None:
    secret = secret_of(b"key", "nonce")

    found = signature(secret, 1_700_000_000, b"{}")

    assert found == "v1=" + hmac.new(secret.encode(), b"1700000000.{}", "sha256").hexdigest()
    assert secret != secret_of(b"key", "other")
    assert secret != secret_of(b"other", "nonce")


def test_the_attempts_are_bounded_and_ever_rarer() -> None:
    delays = [delay_after(attempts) for attempts in range(1, ATTEMPTS_MAX)]

    assert delays[:3] == [timedelta(seconds=s) for s in (10, 40, 160)]
    assert delay_after(ATTEMPTS_MAX) is None
