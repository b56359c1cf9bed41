"""A name server of this machine, as a network of containers has one: names whose addresses a test may change."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

NAME_ENDS_AT, ANSWERED, NO_SUCH_NAME = 12, 0x8180, 0x8183


@dataclass
class Names:
    """The address of each name; a name that is taken out has none."""

    port: int
    addresses: dict[str, str] = field(default_factory=dict)


@contextmanager
def serving_names(addresses: dict[str, str]) -> Iterator[Names]:
    """Answer questions for IPv4 addresses for a `with` block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.bind(("127.0.0.1", 0))
        names = Names(asked.getsockname()[1], addresses)

        def serve() -> None:
            while (received := asked.recvfrom(512))[0]:
                asked.sendto(_answer(received[0], names), received[1])

        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield names
        finally:
            asked.sendto(b"", asked.getsockname())
            thread.join()


def _answer(question: bytes, names: Names) -> bytes:
    labels, at = list[str](), NAME_ENDS_AT
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length].decode())
        at += 1 + length
    asked = question[NAME_ENDS_AT : at + 5]
    if (address := names.addresses.get(".".join(labels))) is None:
        return question[:2] + struct.pack("!5H", NO_SUCH_NAME, 1, 0, 0, 0) + asked
    row = struct.pack("!3HIH", 0xC000 | NAME_ENDS_AT, 1, 1, 1, 4) + socket.inet_aton(address)
    return question[:2] + struct.pack("!5H", ANSWERED, 1, 1, 0, 0) + asked + row
