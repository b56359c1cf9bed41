"""Opens the database for commands that act for an organization."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from policies.messages import joined
from service.cli.terminal import Stopped
from service.database.database import Database, open_database
from service.errors import ActRefused, Forbidden, NotFound, ObjectError, StoreError, message_of
from service.i18n import replies
from service.maintenance.anchors import link_and_anchor
from service.maintenance.tables import all_tables
from service.settings import Settings


@contextmanager
def changing(settings: Settings, *, must_exist: bool = False) -> Iterator[Database]:
    """Open the database, with current tables, for a command that changes it; then link what it did into the audit.

    For a `with` block.
    """
    with open_database(settings, must_exist=must_exist) as store:
        store.upgrade(all_tables)
        yield store
        link_and_anchor(store, settings)


@contextmanager
def opening(settings: Settings) -> Iterator[Database]:
    """Open the database for a command; a refusal of a use case becomes a sentence. For a `with` block.

    Raises:
        Stopped: a use case refused.
    """
    with changing(settings, must_exist=True) as store:
        try:
            yield store
        except NotFound:
            raise Stopped(replies.NOT_HERE) from None
        except Forbidden:
            raise Stopped(replies.NOT_YOURS) from None
        except ObjectError as error:
            raise Stopped(joined([message_of(error), *(problem.line for problem in error.problems)], "\n")) from None
        except ActRefused as refused:
            plain = [reason["plain"] for reason in refused.members.get("reasons", ())]
            raise Stopped(joined([replies.REFUSED.format(code=refused.code), *plain], "\n")) from None


def note_act(settings: Settings) -> None:
    """Write down that the command is run, which stores nothing itself; without a current database nobody could."""
    with suppress(StoreError), open_database(settings, must_exist=True) as store:
        store.require_usable()
        with store.unit_of_work() as work:
            work.commit()
