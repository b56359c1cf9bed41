"""Runs the HTTP application on uvicorn: one process or several, on a socket that is ours before anything starts."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

import uvicorn

from service.app import create_app
from service.errors import PortTaken
from service.settings import Settings

HOST = "127.0.0.1"
PORT = 8000
FACTORY = "service.app:create_app_from_environment"


def serve_until_stopped(settings: Settings, *, host: str, port: int, workers: int, quiet: bool = False) -> None:
    """Serve until a signal stops it. No request is logged: who asks, and when, is nobody's to read.

    Raises:
        PortTaken: the address cannot be listened on.
    """
    with _listen(host, port) as listening:
        if workers == 1:
            _serve_here(settings, listening, "warning" if quiet else "info")
            return
    _serve_with_workers(settings, host, port, workers)


def _serve_here(settings: Settings, listening: socket.socket, log_level: str) -> None:
    config = uvicorn.Config(create_app(settings), access_log=False, server_header=False, log_level=log_level)
    with suppress(KeyboardInterrupt):  # the server has stopped in good order before this reaches us
        uvicorn.Server(config).run(sockets=[listening])


def _serve_with_workers(settings: Settings, host: str, port: int, workers: int) -> None:
    """Start processes that build the application for themselves, from the same settings in their environment."""
    os.environ["REFERRAL_ROUTER_DATABASE"] = settings.database
    uvicorn.run(FACTORY, factory=True, host=host, port=port, workers=workers, access_log=False, server_header=False)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family=family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"port {port} on {host} cannot be used: {error.strerror or 'unknown address'}; choose another with --port"
        ) from None
    return listening
