"""A word or a code is proposed by a member, and decided by the agency under its `decided_by`.

Beside a proposal stand the word's present meanings, so that a word with two meanings is seen before the decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from service.coalition import AgencyWords, VisibleDirectory
from service.database.unit_of_work import UnitOfWork
from service.directory.access import ADMIN, WRITE
from service.directory.bundle.addresses import reads_like_place
from service.directory.parties import MAY, Act, PartyRole
from service.directory.store.record_documents import Document
from service.directory.use_cases.read_directory import VOCABULARY
from service.directory.use_cases.record_body import Body, read_body
from service.errors import Forbidden, Problem, RecordRefused
from service.i18n import refusals
from service.security import Caller
from service.vocabulary import slug_of


@dataclass(frozen=True, slots=True)
class EntryProposal:
    """A proposal to put an entry into the vocabulary."""

    resource: ClassVar[str] = VOCABULARY
    slug: str
    entry: Document

    @classmethod
    def read(cls, visible: VisibleDirectory, caller: Caller, body: Document, data: bytes) -> EntryProposal:
        """Return the entry proposed in a body; a word without a named organization is the caller's own.

        Raises:
            Forbidden: the caller is no member, or the word is another organization's.
            RecordRefused: the body is no entry, or its words read like an address.
        """
        entry = {name: body[name] for name in body if body[name] is not None}
        own = visible.organizations.get(caller.organization)
        organization = entry.get("organization")
        if own is None or _stands_to(visible, caller, entry) not in MAY[Act.PROPOSE_WORD]:
            raise Forbidden
        if organization is not None and organization not in (own.slug, own.id):
            raise Forbidden
        read_body(VOCABULARY, data)
        if "term" in entry:
            entry["organization"] = own.slug
        if problems := tuple(_address_like_places(entry)):
            raise RecordRefused("", problems)
        entry = {name: value for name, value in entry.items() if name not in ("id", "slug")}
        return cls(slug_of(entry), entry)

    def may_decide(self, _work: UnitOfWork, visible: VisibleDirectory, caller: Caller, _proposer: str) -> bool:
        """Say whether the caller decides on the entry, whoever proposed it."""
        return _stands_to(visible, caller, self.entry) in MAY[Act.DECIDE_WORD]

    def writer(self, caller: Caller) -> Caller:
        """Return the caller with the scopes for changing the vocabulary."""
        return replace(caller, scopes=caller.scopes | {WRITE, ADMIN})

    def body(self, _work: UnitOfWork) -> Body:
        """Return the entry."""
        return Body(dict(self.entry), misshapen=False)

    def pointer(self, path: str) -> str:
        """Return the pointer as it is: the body is the entry."""
        return path

    def facts(self, _work: UnitOfWork, visible: VisibleDirectory) -> Document:
        """Return the decider, and the present meanings of the word by agency."""
        words = [self.entry[name] for name in ("code", "name", "term") if self.entry.get(name) is not None]
        return {
            "decided_by": decider_of(visible, self.entry),
            "used_as": AgencyWords(visible).meanings(*words),
            "present_labels": None,
        }


def decider_of(visible: VisibleDirectory, entry: Document) -> str | None:
    """Return the decider of an entry: as named by the coalition's code under it, else by the entry itself."""
    code = visible.names.codes.get(str(entry.get("code") or entry.get("means")))
    organization = (code and code.decided_by) or entry.get("decided_by")
    return organization if isinstance(organization, str) else None


def _stands_to(visible: VisibleDirectory, caller: Caller, entry: Document) -> PartyRole:
    """Return how a caller stands to a proposed entry."""
    if caller.organization not in visible.members:
        return PartyRole.OTHER
    decider = decider_of(visible, entry)
    organization = decider if decider in visible.members else None
    return PartyRole.DECIDER if organization in (None, caller.organization) else PartyRole.MEMBER


def _address_like_places(entry: Document) -> Iterator[Problem]:
    """Yield the places where words of an entry read like an address, real or not."""
    for name, value in entry.items():
        values = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and reads_like_place(text) for text in values):
            yield Problem(f"/{name}", refusals.NAMES_PLACE)
