"""Addresses that people write into settings: which are taken, and which mean this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from fewshot_sam.errors import UserError

MAX_ADDRESS = 500  # characters


def own_address(text: str, source: str) -> str:
    """An address at which people open the app, without a slash at its end; "" for none. Raises UserError."""
    address = text.strip().rstrip("/")
    if address:
        require_address(address, source, everywhere=True)
    return address


def require_address(address: str, source: str, everywhere: bool = False) -> None:
    """Raise UserError unless it is an https address, or an http one of this machine.

    Args:
        everywhere: http is fine on other machines too.
    """
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:  # half an IPv6 address, or a port that is no number
        host = ""
    if not host or parts.scheme not in ("https", "http") or "@" in parts.netloc or set("?#") & set(address):
        raise UserError(
            f"{source} must be an address such as https://name.example.org/path, "
            f"without a question mark or #, got {address[:100]!r}."
        )
    if parts.scheme == "http" and not everywhere and not is_loopback(host):
        raise UserError(
            f"{source} must begin with https://, as it is not on this machine; got {address[:100]!r}."
        )
    if len(address) > MAX_ADDRESS:
        raise UserError(f"{source} must have at most {MAX_ADDRESS} characters, got {len(address)}.")


def is_loopback(name: str) -> bool:
    """Whether a host name or address means this machine only."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
