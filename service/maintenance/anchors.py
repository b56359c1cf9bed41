"""Anchors of the audit: its last link, written every hour where somebody who changes the database cannot change it.

A line in the log always; a file and a webhook by setting. Commands link and anchor what they did themselves, so that a
database without a server is as safe.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from service.database.actor import act_as
from service.database.audit import ANCHOR_EVERY, Anchor
from service.database.database import Database
from service.errors import StoreError
from service.settings import Settings
from service.web.outgoing.transport import SafePost
from service.webhooks.delivering import open_networks, repeating

LOOK_EVERY_S = 60.0
_ANCHOR = re.compile(r"""\bposition"?[=:] ?(\d{1,18})\b.*\blink"?[=:] ?"?([0-9a-f]+)\b""")

log = logging.getLogger(__name__)


@contextmanager
def anchoring(database: Database, settings: Settings) -> Iterator[None]:
    """Write an anchor every hour in which something was linked, for a `with` block."""
    with repeating(lambda: anchor_when_due(database, settings), LOOK_EVERY_S, name="anchor"):
        yield


def link_and_anchor(database: Database, settings: Settings) -> None:
    """Link what a command did, and write an anchor where a setting names a place; what cannot be done now can wait."""
    link_all(database)
    with suppress(SQLAlchemyError, StoreError):
        if settings.audit_anchor_file is not None or settings.audit_anchor_url is not None:
            anchor_when_due(database, settings)


def link_all(database: Database) -> None:
    """Link every entry that waits, as far as the database and the keys let us now."""
    with suppress(SQLAlchemyError, StoreError):
        while database.link_audit():
            pass


def anchor_when_due(database: Database, settings: Settings) -> None:
    """Write an anchor, unless one was written within the hour or nothing was linked since."""
    if database.audit is None:
        return
    with act_as(None), database.unit_of_work() as work:
        if (anchor := database.audit.anchor(work.session, every=ANCHOR_EVERY)) is None:
            return
        work.commit()
    log.info("audit anchor", extra=asdict(anchor))
    line = line_of(anchor).encode("ascii")
    if settings.audit_anchor_file is not None:
        try:
            descriptor = os.open(settings.audit_anchor_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(line + b"\n")
        except OSError as error:
            log.warning("the audit anchor was not written", extra={"error": type(error).__name__})
    if settings.audit_anchor_url is not None:
        post, headers = SafePost(open_networks(settings)), {"Content-Type": "application/json"}
        outcome = post.send(settings.audit_anchor_url, "", headers, line)
        if not outcome.came_through:
            log.warning("the audit anchor was not sent", extra={"error": outcome.error or outcome.status})


def make_anchor(database: Database) -> Anchor | None:
    """Return the last link, noted in the audit; None: no entry can be linked."""
    if database.audit is None:
        return None
    link_all(database)
    with act_as(None), database.unit_of_work() as work:
        anchor = database.audit.anchor(work.session)
        work.commit()
    return anchor


def line_of(anchor: Anchor) -> str:
    """Return an anchor as a line of JSON, with the moment."""
    return json.dumps({**asdict(anchor), "at": datetime.now(UTC).isoformat(timespec="seconds")})


def read_anchors(data: bytes) -> tuple[Anchor, ...]:
    """Return the anchors of a file, one on each line: as `audit anchor` prints them, or as they stand in a log.

    >>> read_anchors(b'{"position": 7, "link": "2e2b"}\\nhost[12]: INFO: audit anchor position=9 link=0f')
    (Anchor(position=7, link='2e2b'), Anchor(position=9, link='0f'))

    Raises:
        ValueError: a line is none.
    """
    matches = [_ANCHOR.search(line) for line in data.decode().splitlines() if line.strip()]
    if None in matches:
        raise ValueError
    return tuple(Anchor(int(match[1]), match[2]) for match in matches if match is not None)
