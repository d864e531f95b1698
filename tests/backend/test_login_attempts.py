"""Waits between attempts to log in: they double, end, and are bounded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.requests import HTTPConnection

from backend.config import Config
from backend.errors import TooManyError
from backend.http.addresses import login_address
from backend.services import login_attempts
from backend.services.login_attempts import FREE_OF_ACCOUNT, FREE_OF_ADDRESS, LoginAttempts


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> LoginAttempts:
    return LoginAttempts(clock)


def waits(attempts: LoginAttempts, clock: Clock, account: str, address: str | None) -> Iterator[int]:
    """Seconds that each attempt is told to wait, each of which is then waited."""
    while True:
        try:
            attempts.admit(account, address)
            yield 0
        except TooManyError as error:
            yield error.retry_after_s
            clock.now_s += error.retry_after_s


def test_each_failure_beyond_a_few_doubles_the_wait(attempts: LoginAttempts, clock: Clock) -> None:
    told = waits(attempts, clock, "ada", None)
    assert [next(told) for _ in range(FREE_OF_ACCOUNT)] == [0] * FREE_OF_ACCOUNT
    assert [next(told) for _ in range(8)] == [1, 0, 2, 0, 4, 0, 8, 0]
    found = [next(told) for _ in range(40)]
    assert max(found) == 300
    with pytest.raises(TooManyError, match="Try again in 5 minutes"):
        attempts.admit("ada", None)
    attempts.admit("grace", None)  # another account


def test_an_address_that_tries_many_names_waits_too(attempts: LoginAttempts) -> None:
    for number in range(FREE_OF_ADDRESS):
        attempts.admit(f"name {number}", "192.0.2.7/32")
    with pytest.raises(TooManyError, match="Try again in 1 s"):
        attempts.admit("one more", "192.0.2.7/32")
    attempts.admit("one more", "192.0.2.8/32")


def test_a_success_forgives_the_account_and_one_attempt_of_the_address(attempts: LoginAttempts) -> None:
    for _ in range(FREE_OF_ADDRESS):  # somebody's own account is no way to try others' for ever
        attempts.admit("mine", "192.0.2.7/32")
        attempts.succeeded("mine", "192.0.2.7/32")
    for number in range(FREE_OF_ADDRESS):
        attempts.admit(f"name {number}", "192.0.2.7/32")
    attempts.succeeded("name 0", "192.0.2.7/32")
    attempts.admit("next", "192.0.2.7/32")
    with pytest.raises(TooManyError):
        attempts.admit("mine", "192.0.2.7/32")


def test_failures_are_forgotten_and_bounded(
    attempts: LoginAttempts, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_attempts, "MAX_REMEMBERED", 3)
    for _ in range(FREE_OF_ACCOUNT):
        attempts.admit("ada", None)
    clock.now_s += 4000
    for _ in range(FREE_OF_ACCOUNT):
        attempts.admit("ada", None)
    for name in "bcd":
        attempts.admit(name, None)
    assert len(attempts._accounts._failures) == 3


@pytest.mark.parametrize(
    ("peer", "forwarded", "hosts", "found"),
    [
        ("203.0.113.9", "", (), "203.0.113.9/32"),
        ("8.8.8.8", "9.9.9.9", ("labels.example",), "8.8.8.8/32"),  # no proxy between: anyone writes that
        ("10.0.0.5", "9.9.9.9", (), "10.0.0.5/32"),  # nor here: the server has no public name
        ("10.0.0.5", "1.1.1.1, 9.9.9.9", ("labels.example",), "9.9.9.9/32"),
        ("127.0.0.1", "10.1.2.3", (), "10.1.2.3/32"),
        ("127.0.0.1", "nonsense", (), None),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::/64"),
        ("testclient", "9.9.9.9", (), None),
    ],
)
def test_whose_address_counts(
    config: Config, peer: str, forwarded: str, hosts: tuple[str, ...], found: str | None
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    connection = HTTPConnection({"type": "http", "headers": headers, "client": (peer, 5000)})
    named = Config(config.home, config.database_url, allowed_hosts=hosts)
    assert login_address(connection, named) == found
