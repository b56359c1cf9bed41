"""Links that sign a colleague in, made by a supervisor of the same organization: with no more rights than the own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

from pydantic import Field

from service.database.unit_of_work import UnitOfWork
from service.directory.access import ORGANIZATION_ADMIN
from service.documents import fields
from service.documents.base import BundleModel, SomeWords
from service.documents.bodies import SentBody
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import BodyRefused, NotFound, Problem
from service.i18n import refusals
from service.security import Caller
from service.sessions import store as sessions
from service.sessions.tables import LoginCode

Document = dict[str, Any]
SIGN_IN = "/signin/"


class LinkBody(BundleModel):
    """What a link lets its person do."""

    scopes: SomeWords[Annotated[fields.Filled, Field(max_length=100)]]


def to_give(scopes: Collection[str]) -> list[str]:
    """Return the scopes that a supervisor may give: the own, but for the one that gives them.

    So nobody who was given a link gives another, and no session outlives its twelve hours by links.

    >>> to_give({"organization:admin", "route", "consent"})
    ['consent', 'route']
    """
    return sorted(set(scopes) - {ORGANIZATION_ADMIN})


def list_links(work: UnitOfWork, caller: Caller) -> TaggedDocument:
    """Return the links of the caller's organization that wait to be opened, the oldest first; never their codes."""
    with work:
        return with_etag(
            {"items": [_link_document(row) for row in sessions.codes_of(work.session, caller.organization)]}
        )


def make_link(work: UnitOfWork, caller: Caller, key: str | None, sent_body: SentBody[LinkBody]) -> Document:
    """Make a link for one colleague, who is a subject apart; it ends, as its session does, with `key`.

    Raises:
        NotFound: the caller's organization is not in the directory.
        BodyRefused: the body is wrong, or asks for a scope that the caller may not give.
    """
    with work:
        scopes = sent_body.take().scopes
        if not set(scopes) <= set(to_give(caller.scopes)):
            raise BodyRefused((Problem("/scopes", refusals.NOT_TO_GIVE),))
        colleague = replace(caller, scopes=frozenset(scopes), subject=str(uuid4()), key=key)
        code = sessions.make_code(work.session, colleague)
        if code is None:
            raise NotFound
        work.session.flush()
        codes = sessions.codes_of(work.session, caller.organization)
        code_row = next(row for row in codes if row.subject == colleague.subject)
        work.commit()
        return {**_link_document(code_row), "path": f"{SIGN_IN}{code}"}


def end_link(work: UnitOfWork, caller: Caller, link_id: str) -> None:
    """Take a link of the caller's organization out of use.

    Raises:
        NotFound: no link that waits has the id.
    """
    with work:
        rows = sessions.codes_of(work.session, caller.organization)
        if not any(sessions.end_code(work.session, row) for row in rows if sessions.id_of(row) == link_id.lower()):
            raise NotFound
        work.commit()


def _link_document(row: LoginCode) -> Document:
    return {
        "id": sessions.id_of(row),
        "made_at": row.made_at.isoformat(),
        "ends_at": (row.made_at + sessions.CODE_LIVES).isoformat(),
        "scopes": sorted(row.scopes),
    }
