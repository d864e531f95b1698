"""Passwords: what one must be, how it is stored (argon2id), and checking one in a time that tells nothing.

A check takes 64 MiB and a tenth of a second; whoever calls bounds how many run at once.
"""

from __future__ import annotations

import base64
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.errors import InvalidRequestError
from backend.queries.accounts import name_key

MIN_LENGTH, MAX_LENGTH = 12, 200


class Passwords:
    """Hashes and checks passwords.

    Args:
        hasher: with the library's settings, those of RFC 9106 for little memory, where none is given.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._decoy = self._hash_of_nothing()

    def hash(self, password: str, name: str) -> str:
        """What is stored of a new password. Raises InvalidRequestError where it must be another."""
        require_acceptable(password, name)
        return self._hasher.hash(_normalized(password))

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether that is the password.

        Args:
            stored: None where there is no account or no password; takes as long, and nothing matches.
        """
        try:
            return self._hasher.verify(stored or self._decoy, _normalized(password)) and stored is not None
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    def is_outdated(self, stored: str) -> bool:
        """Whether the password was hashed with other settings than today's."""
        return self._hasher.check_needs_rehash(stored)

    def renewed(self, password: str) -> str:
        """The hash of a password that was just checked, with today's settings."""
        return self._hasher.hash(_normalized(password))

    def _hash_of_nothing(self) -> str:
        """A hash with our settings that no password has."""
        salt, digest = (
            base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
            for size in (self._hasher.salt_len, self._hasher.hash_len)
        )
        cost = f"m={self._hasher.memory_cost},t={self._hasher.time_cost},p={self._hasher.parallelism}"
        return f"$argon2id$v=19${cost}${salt}${digest}"


def require_acceptable(password: str, name: str) -> None:
    """Raise InvalidRequestError unless the password can be that person's.

    Long enough and not the name: rules of composition make passwords that are written down (NIST SP 800-63B).
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidRequestError(
            f"The password must have {MIN_LENGTH} to {MAX_LENGTH} characters, got {len(password)}. "
            "A few words in a row are easy to remember."
        )
    if name_key(password) == name_key(name):
        raise InvalidRequestError("The password must not be your name. Choose another.")
    try:
        password.encode()
    except UnicodeEncodeError:
        raise InvalidRequestError("The password must be text in UTF-8. Type it again.") from None


def _normalized(password: str) -> str:
    """The same however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password)
