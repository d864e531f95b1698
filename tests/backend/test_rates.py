"""How often something may happen, by a clock of the test's."""

from __future__ import annotations

from backend.services.rates import TokenBucket


def test_a_bucket_fills_again() -> None:
    now_s = [0.0]
    bucket = TokenBucket(per_minute=60, burst=2, clock=lambda: now_s[0])
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now_s[0] = 1.0
    assert [bucket.take() for _ in range(2)] == [True, False]
    now_s[0] = 1000.0
    assert [bucket.take() for _ in range(3)] == [True, True, False]
