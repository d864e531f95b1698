"""Logins on their way: bound to a browser, used once, ended by time, and never too many."""

from __future__ import annotations

import pytest

from backend.oidc import pending
from backend.oidc.pending import LIFETIME_S, Attempt, PendingLogins


def test_secrets_are_long_and_never_the_same() -> None:
    attempt = Attempt()
    found = {attempt.state, attempt.nonce, attempt.verifier, PendingLogins().add(attempt)}
    assert len(found) == 4 and {len(text) for text in found} == {64}


def test_an_attempt_is_taken_once_with_its_own_state() -> None:
    logins, attempt = PendingLogins(), Attempt()
    secret = logins.add(attempt)
    assert logins.take(secret, Attempt().state) is None
    assert logins.take("x", attempt.state) is None
    assert logins.take(secret, attempt.state) == attempt
    assert logins.take(secret, attempt.state) is None


def test_an_attempt_ends_after_ten_minutes() -> None:
    now_s = 0.0
    logins, attempt = PendingLogins(lambda: now_s), Attempt()
    secret = logins.add(attempt)
    now_s = LIFETIME_S
    assert logins.take(secret, attempt.state) is None


def test_of_too_many_the_oldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "MAX_PENDING", 2)
    logins, attempts = PendingLogins(), [Attempt() for _ in range(3)]
    secrets = [logins.add(attempt) for attempt in attempts]
    taken = [logins.take(secret, each.state) for secret, each in zip(secrets, attempts, strict=True)]
    assert taken == [None, *attempts[1:]]


def test_who_begins_many_ends_only_the_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "MAX_PENDING", 3)
    logins, theirs = PendingLogins(), Attempt()
    secret = logins.add(theirs, "192.0.2.1/32")
    many = [(attempt, logins.add(attempt, "192.0.2.2/32")) for attempt in (Attempt() for _ in range(9))]
    assert logins.take(secret, theirs.state) == theirs
    assert [logins.take(each, attempt.state) == attempt for attempt, each in many] == [False] * 7 + [True] * 2


def test_what_took_too_long_counts_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "MAX_PENDING", 2)
    now_s = 0.0
    logins, attempt = PendingLogins(lambda: now_s), Attempt()
    for _ in range(2):
        logins.add(Attempt(), "192.0.2.1/32")
    now_s = LIFETIME_S
    secret = logins.add(attempt, "192.0.2.1/32")
    logins.add(Attempt(), "192.0.2.1/32")
    assert logins.take(secret, attempt.state) == attempt
