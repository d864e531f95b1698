"""Which network address a request comes from, where that tells one client from others."""

from __future__ import annotations

import ipaddress

from starlette.requests import HTTPConnection

from backend.config import Config

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_network(connection: HTTPConnection) -> str | None:
    """The public address nearest to the server: a proxy's last word on it, or the peer's own.

    None where no address is public, as behind a proxy that does not tell: it would stand for everyone. Of
    IPv6 the network of a household or an office (/64). A client that reaches the server without a proxy
    can write any address here, so this may only divide a limit, not lift it.
    """
    for text in (_peer(connection), *_forwarded(connection)):
        address = _parsed(text)
        if address is not None and address.is_global:
            return _network(address)
    return None


def login_address(connection: HTTPConnection, config: Config) -> str | None:
    """The address that attempts to log in are counted for.

    A proxy's word is taken only where one is known: the connection comes from this machine, or from a
    private address while the server has a public name. None where the proxy does not tell.
    """
    peer = _parsed(_peer(connection))
    if peer is None:
        return None
    named = config.on_spaces or bool(config.allowed_hosts)
    if peer.is_global or not (named or peer.is_loopback):
        return _network(peer)
    told = _parsed(next(iter(_forwarded(connection)), ""))
    return None if told is None else _network(told)


def audit_address(connection: HTTPConnection, config: Config) -> str | None:
    """The address for the audit trail: as attempts to log in are counted, else the peer's as it is."""
    return login_address(connection, config) or _peer(connection) or None


def _peer(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def _forwarded(connection: HTTPConnection) -> list[str]:
    """What proxies say, the nearest first."""
    return ",".join(connection.headers.getlist("x-forwarded-for")).split(",")[::-1]


def _parsed(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


def _network(address: _Address) -> str:
    """Of IPv6 that of a household or an office: who has one address has all addresses in it."""
    return str(ipaddress.ip_network(f"{address}/{64 if address.version == 6 else 32}", strict=False))
