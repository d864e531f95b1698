"""Whether the server can listen where it was told to; asked before anything else is touched."""

from __future__ import annotations

import os
import socket

from backend.errors import StartError

MAX_PORT = 65535


def require_free_port(host: str, port: int) -> None:
    """Raise StartError if the port is out of range or in use, or the host is not this machine's."""
    if not 1 <= port <= MAX_PORT:
        raise StartError(f"The port must be from 1 to {MAX_PORT}, got {port}. Choose another with --port.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name != "nt":  # as the server does; on Windows it would let two have the port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        raise port_error(host, port) from error


def port_error(host: str, port: int) -> StartError:
    """The server could not listen."""
    return StartError(
        f"Port {port} is in use, or {host} is no address of this machine. "
        "Choose another with --port or --host."
    )


def host_in_address(host: str) -> str:
    """What an address of this server has for the host that it listens on."""
    if host in ("0.0.0.0", "::"):
        return "localhost"
    return f"[{host}]" if ":" in host else host
