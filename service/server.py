"""Runs the HTTP application on uvicorn: one process or several, on a socket bound before the first process starts."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import parent_process
from shutil import rmtree
from tempfile import TemporaryDirectory
from threading import Thread, Timer
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from service.app import create_app, create_app_from_environment
from service.errors import NotServed, PortTaken
from service.i18n import replies
from service.logs import log_config
from service.settings import Settings
from service.web.connection import BoundedConnection
from service.web.metrics import SHARED_FOLDER

HOST = "127.0.0.1"
PORT = 8000
GRACE_S = 5
"""How long requests that are under way may take to end once a signal has come; what goes on is then ended."""
LAST_RESORT_S = 3
"""How long the rest of the process may take to end after that, with threads that nobody can interrupt."""
SLOW_START_S = 30
"""How long one of several processes may be silent before it is replaced: on a busy machine it takes long to start."""
BACKLOG = 2048


def serve_until_stopped(settings: Settings, *, host: str, port: int, workers: int, quiet: bool = False) -> None:
    """Serve until a signal stops the server. No request is logged: the caller and the time stay private.

    Raises:
        PortTaken: the address cannot be listened on.
        NotServed: the application did not start; the cause was logged.
    """
    build: Callable[[], FastAPI] = partial(create_app, settings)
    if workers > 1:
        # Each process builds the application for itself, from the same settings in the environment that it inherits.
        os.environ["REFERRAL_ROUTER_DATABASE"] = settings.database
        build = create_app_from_environment
    config = log_config(settings.log_format, "WARNING" if quiet else "INFO")
    serve_app(build, host=host, port=port, workers=workers, log_config=config)


def serve_app(build: Callable[[], Any], *, host: str, port: int, workers: int, **logging: Any) -> None:
    """Serve the application built by `build` until a signal. With several workers each calls `build`, which is pickled.

    Raises:
        PortTaken: the address cannot be listened on.
        NotServed: the application did not start; the cause was logged.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a request to stop, like Ctrl+C, is no failure
    build, logging = partial(_build_to_end, build), logging or {"log_level": "warning"}
    try:
        with suppress(KeyboardInterrupt):  # the server has stopped in good order before this reaches us
            if workers == 1:
                with listen(host, port) as listening:
                    uvicorn.Server(server_config(build, **logging)).run(sockets=[listening])
            else:
                _serve_with_workers(build, host, port, workers, logging)
    except SystemExit:  # how uvicorn says that the application did not start
        raise NotServed(replies.DID_NOT_START) from None


def _serve_with_workers(build: Callable[[], Any], host: str, port: int, workers: int, logging: dict[str, Any]) -> None:
    config = server_config(partial(_build_in_worker, build), workers=workers, **logging)
    with listen(host, port) as probe:  # fails where somebody else listens, which the next line would not notice
        port = probe.getsockname()[1]
    with SharedPort.reserve(host, port) as reserved, _counting_together():
        processes = Multiprocess(config, [reserved])
        _after_a_signal(partial(_kill, processes))
        processes.run()
    if any(process.exitcode == STARTUP_FAILURE for process in processes.processes):
        raise SystemExit(STARTUP_FAILURE)


@contextmanager
def _counting_together() -> Iterator[None]:
    """Have the processes started within a `with` block count in one folder, so that each tells the counts of all."""
    with TemporaryDirectory(prefix="referral-router-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ[SHARED_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[SHARED_FOLDER]


class SharedPort(socket.socket):
    """A port shared by several processes, each listening through its own socket: the system shares out connections.

    Through a single socket, the first process to wake would take most connections. Pickled, the port is its address.
    """

    @classmethod
    def reserve(cls, host: str, port: int) -> SharedPort:
        """Return a socket bound to the address and not yet listening."""
        shared = cls(family=_family(host))
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind((host, port))
        return shared

    def __reduce__(self) -> tuple[Callable[[str, int], SharedPort], tuple[str, int]]:
        """Arrange that a process binds its own socket on unpickling the port."""
        host, port = self.getsockname()[:2]
        return SharedPort.reserve, (host, port)


def _kill(processes: Multiprocess) -> None:
    for worker in processes.processes:
        worker.process.kill()


def _build_to_end(build: Callable[[], Any]) -> Any:
    """Return the application of `build`, in a process with a last resort to end in time after a signal.

    A thread in the middle of work without checkpoints cannot be interrupted, and Python waits for every thread before
    its end. No answer is lost: nobody is left to send an answer to. No change is lost: the database rolls back
    uncommitted changes.
    """
    _after_a_signal(partial(os._exit, 0))
    return build()


def _after_a_signal(end: Callable[[], object]) -> None:
    """Arrange a call of `end` for a process still running some seconds after a signal to stop."""

    def handle(handler: Any, number: int, frame: FrameType | None) -> None:
        last_resort = Timer(GRACE_S + LAST_RESORT_S, end)
        last_resort.daemon = True
        last_resort.start()
        handler(number, frame)

    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn has set its own handlers by now
        signal.signal(number, partial(handle, signal.getsignal(number)))


def _build_in_worker(build: Callable[[], Any]) -> Any:
    """Return the application of `build`, in a child process with an end at the parent's end.

    A killed parent cannot take its processes along; left alone they would keep the port.
    """
    Thread(target=_end_with_parent, daemon=True).start()
    return build()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        rmtree(os.environ[SHARED_FOLDER], ignore_errors=True)  # a parent that was killed could not
        os.kill(os.getpid(), signal.SIGTERM)


def server_config(build: Callable[[], Any], *, workers: int = 1, **logging: Any) -> uvicorn.Config:
    """Return uvicorn's configuration for the application of `build`; `logging`: `log_level` and `log_config`."""
    return uvicorn.Config(
        build,
        factory=True,
        workers=workers,
        http=BoundedConnection,
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_worker_healthcheck=SLOW_START_S,
        **logging,
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket listening at the address; port 0 takes any free port.

    Raises:
        PortTaken: the address cannot be listened on.
    """
    listening = socket.socket(family=_family(host))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise PortTaken(
            replies.PORT_TAKEN.format(port=port, host=host, what=error.strerror or replies.NO_SUCH_ADDRESS)
        ) from None
    return listening


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
