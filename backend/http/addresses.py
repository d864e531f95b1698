"""Which network address a request comes from, where that tells one client from others."""

from __future__ import annotations

import ipaddress

from starlette.requests import HTTPConnection


def client_network(connection: HTTPConnection) -> str | None:
    """The public address nearest to the server: a proxy's last word on it, or the peer's own.

    None where no address is public, as behind a proxy that does not tell: it would stand for everyone. Of
    IPv6 the network of a household or an office (/64). A client that reaches the server without a proxy
    can write any address here, so this may only divide a limit, not lift it.
    """
    forwarded = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    peer = connection.client.host if connection.client else ""
    for text in (peer, *reversed(forwarded)):
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            continue
        if address.is_global:
            return str(ipaddress.ip_network(f"{address}/{64 if address.version == 6 else 32}", strict=False))
    return None
