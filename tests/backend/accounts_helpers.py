"""Accounts for tests: passwords that are hashed in no time."""

from __future__ import annotations

from argon2 import PasswordHasher

PASSWORD = "four words in a row"
FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
