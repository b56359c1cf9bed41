"""A word or a code is proposed by an agency, and decided by the agency under its `decided_by`.

Beside a proposal stand the word's present meanings, so that a word with two meanings is seen before the decision.
Acceptance puts the entry into the vocabulary, in the same transaction and under the same checks as a change of the
directory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

from service.access import ADMIN, WRITE
from service.auth import Caller
from service.bundle.addresses import reads_like_place
from service.coalition import AgencyWords, VisibleDirectory
from service.documents import fields
from service.documents.base import BundleModel
from service.errors import (
    HappeningRefused,
    NotHere,
    NotYours,
    Problem,
    RecordRefused,
    StillNeeded,
)
from service.parties import MAY, Act, PartyRole
from service.store import UnitOfWork
from service.store.proposals import OPEN, Proposals
from service.store.resources import Resources
from service.store.turns import wait_for_turn
from service.store.work_tables import VocabularyProposal
from service.usecases.condition import Condition
from service.usecases.given import Given, peek
from service.usecases.read_directory import VOCABULARY, Found, found
from service.usecases.record_body import Body, read_body
from service.usecases.write_directory import check_object, put_in
from service.vocabulary import slug_of
from service.wording import refusals

ACCEPTED, DECLINED = DECISIONS = ("accepted", "declined")
STATUSES = (OPEN, *DECISIONS)


class DecisionBody(BundleModel):
    """How a proposal is decided."""

    status: Annotated[str, fields.one_of(DECISIONS)]


def read_proposal(sight: VisibleDirectory, caller: Caller, data: bytes) -> Body:
    """Return the vocabulary entry proposed in a body; a word without a named organization is the caller's own.

    Raises:
        NotYours: the caller is no member, or the word is another organization's.
        RecordRefused: the body is no entry, or its words read like an address.
    """
    given = peek(data)
    entry = {} if not isinstance(given, dict) else {name: given[name] for name in given if given[name] is not None}
    own = sight.organizations.get(caller.organization)
    named = entry.get("organization")
    if own is None or stands_to(sight, caller, entry) not in MAY[Act.PROPOSE_WORD]:
        raise NotYours
    if named is not None and named not in (own.slug, own.id):
        raise NotYours
    body = read_body(VOCABULARY, data)
    if "term" in entry:
        entry["organization"] = own.slug
    if problems := tuple(_told_places(entry)):
        raise RecordRefused("", problems)
    return replace(body, document={name: value for name, value in entry.items() if name not in ("id", "slug")})


def propose_word(work: UnitOfWork, sight: VisibleDirectory, caller: Caller, body: Body) -> Found:
    """Store a proposal (`read_proposal`) and return the proposal.

    Raises:
        RecordRefused: the entry could not stand in the vocabulary.
        StillNeeded: the caller's proposal of the entry waits to be decided already.
    """
    entry, slug = body.document, slug_of(body.document)
    check_object(work, _as_decider(caller), VOCABULARY, slug, body=body)
    with work:
        wait_for_turn(work.session, "vocabulary proposals")
        proposals = Proposals(work.session)
        if proposals.is_open(caller.organization, slug):
            raise StillNeeded(refusals.PROPOSED_ALREADY)
        stored = proposals.add(
            id=str(uuid4()),
            organization=caller.organization,
            slug=slug,
            entry=entry,
            status=OPEN,
            proposed_on=Resources(work.session).today(),
        )
        answer = shown(sight, stored)
        work.commit()
        return answer


def list_proposals(work: UnitOfWork, sight: VisibleDirectory, *, status: str | None, page: int, per_page: int) -> Found:
    """Return a page of the proposals of agencies known to the reader: `items`, `page`, `per_page`, `total`."""
    with work:
        proposals, by = Proposals(work.session), sight.organizations.keys()
        rows = proposals.page(by, status, offset=(page - 1) * per_page, limit=per_page)
        items = [shown(sight, one).document for one in rows]
        total = proposals.count(by, status)
    return found({"items": items, "page": page, "per_page": per_page, "total": total})


def get_proposal(work: UnitOfWork, sight: VisibleDirectory, proposal_id: str) -> Found:
    """Return a proposal.

    Raises:
        NotHere: no such proposal, or hidden from the reader.
    """
    with work:
        return shown(sight, _seen(sight, Proposals(work.session).find(proposal_id)))


def decide_proposal(
    work: UnitOfWork,
    sight: VisibleDirectory,
    caller: Caller,
    proposal_id: str,
    *,
    given: Given[DecisionBody],
    condition: Condition,
) -> Found:
    """Accept or decline a proposal, and return the proposal; the same decision again changes no row.

    Raises:
        NotHere, NotYours, NoCondition, Stale: as their names say.
        HappeningRefused: the proposal was decided otherwise before.
        ProfileRefused: the body is wrong.
        StillNeeded: the entry cannot stand in the present vocabulary.
    """
    with work:
        work.coalition.wait_for_turn()
        one = _seen(sight, Proposals(work.session).find(proposal_id, lock=True))
        if stands_to(sight, caller, one.entry) not in MAY[Act.DECIDE_WORD]:
            raise NotYours
        condition.check(shown(sight, one))
        decision = given.take().status
        if one.status not in (OPEN, decision):
            raise HappeningRefused("not_from_here")
        if one.status == OPEN:
            if decision == ACCEPTED:
                _accept(work, caller, one)
            one.status, one.decided_by = decision, caller.organization
            one.decided_on = Resources(work.session).today()
            work.session.flush()
        answer = shown(sight, one)
        work.commit()
        return answer


def shown(sight: VisibleDirectory, one: VocabularyProposal) -> Found:
    """Return a proposal, with the present meanings of its word by agency."""
    words = [one.entry[name] for name in ("code", "name", "term") if one.entry.get(name) is not None]
    document: dict[str, Any] = {
        "id": one.id,
        "status": one.status,
        "proposed_by": one.organization,
        "proposed_on": one.proposed_on.isoformat(),
        "entry": one.entry,
        "decided_by": decider_of(sight, one.entry),
        "decision": _decision(sight, one),
        "used_as": AgencyWords(sight).meanings(*words),
    }
    return found(document)


def _decision(sight: VisibleDirectory, one: VocabularyProposal) -> dict[str, Any] | None:
    """Return the day and the agency of the decision, as far as visible to the reader."""
    if one.decided_on is None:
        return None
    by = one.decided_by if one.decided_by in sight.organizations else None
    return {"on": one.decided_on.isoformat(), "by": by}


def decider_of(sight: VisibleDirectory, entry: dict[str, Any]) -> str | None:
    """Return the decider of an entry: as named by the coalition's code under it, else by the entry itself."""
    code = sight.names.codes.get(str(entry.get("code") or entry.get("means")))
    named = (code and code.decided_by) or entry.get("decided_by")
    return named if isinstance(named, str) else None


def stands_to(sight: VisibleDirectory, caller: Caller, entry: dict[str, Any]) -> PartyRole:
    """Return how a caller stands to a proposed entry."""
    if caller.organization not in sight.members:
        return PartyRole.OTHER
    decider = decider_of(sight, entry)
    named = decider if decider in sight.members else None
    return PartyRole.DECIDER if named in (None, caller.organization) else PartyRole.MEMBER


def _seen(sight: VisibleDirectory, one: VocabularyProposal | None) -> VocabularyProposal:
    if one is None or one.organization not in sight.organizations:
        raise NotHere
    return one


def _accept(work: UnitOfWork, caller: Caller, one: VocabularyProposal) -> None:
    try:
        put_in(
            work, _as_decider(caller), VOCABULARY, one.slug, body=Body(dict(one.entry), misshapen=False), condition=None
        )
    except RecordRefused:
        raise StillNeeded(refusals.NO_LONGER_FITS) from None


def _as_decider(caller: Caller) -> Caller:
    """Return the caller with the scopes for changing the vocabulary: a decision changes it in the caller's place."""
    return replace(caller, scopes=caller.scopes | {WRITE, ADMIN})


def _told_places(entry: dict[str, Any]) -> Iterator[Problem]:
    """Yield the places where words of an entry read like an address, real or not."""
    for name, value in entry.items():
        said = value if isinstance(value, list) else [value]
        if any(isinstance(one, str) and reads_like_place(one) for one in said):
            yield Problem(f"/{name}", refusals.NAMES_PLACE)
