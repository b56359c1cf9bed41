"""Proposals: made by an agency, decided by who may decide on the object, and then written into the directory.

A proposal changes an entry of the vocabulary or the labels of an organization. Acceptance writes the change in the same
transaction, and under the same checks, as a change of the directory.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Protocol
from uuid import uuid4

from service.coalition import VisibleDirectory
from service.coalition.use_cases.propose_entry import EntryProposal
from service.coalition.use_cases.propose_labels import LabelsProposal
from service.database.advisory_locks import wait_for_turn
from service.database.unit_of_work import UnitOfWork
from service.directory.events import emit_directory_changed
from service.directory.store.proposal_tables import DirectoryProposal
from service.directory.store.proposals import OPEN, Proposals
from service.directory.store.record_documents import Document
from service.directory.store.repositories import CoalitionRepository
from service.directory.store.resources import Resources
from service.directory.use_cases.read_directory import ORGANIZATIONS
from service.directory.use_cases.record_body import Body
from service.directory.use_cases.write_directory import check_object, put_in
from service.documents import fields
from service.documents.base import BundleModel
from service.documents.bodies import SentBody, peek
from service.documents.entity_tags import Condition, TaggedDocument, with_etag
from service.errors import ActRefused, Forbidden, NotFound, Problem, RecordRefused, StillNeeded
from service.i18n import refusals
from service.security import Caller

ACCEPTED, DECLINED = DECISIONS = ("accepted", "declined")
STATUSES = (OPEN, *DECISIONS)


class DecisionBody(BundleModel):
    """How a proposal is decided."""

    status: Annotated[str, fields.one_of(DECISIONS)]


class DirectoryChange(Protocol):
    """The change of an object that a proposal asks for: `entry`, at `slug` of a `resource`."""

    @property
    def resource(self) -> str:
        """The resource of the object."""

    @property
    def slug(self) -> str:
        """The name of the object in its resource."""

    @property
    def entry(self) -> Document:
        """The content of the proposal, as stored and shown."""

    def may_decide(self, work: UnitOfWork, visible: VisibleDirectory, caller: Caller, proposer: str, /) -> bool:
        """Say, in an entered unit of work, whether the caller decides on the proposal of `proposer` (a slug)."""

    def writer(self, caller: Caller, /) -> Caller:
        """Return the caller in whose place the change is written: the decision gives its rights."""

    def body(self, work: UnitOfWork, /) -> Body:
        """Return the whole object after the change, in an entered unit of work."""

    def pointer(self, path: str, /) -> str:
        """Return a pointer into the object as a pointer into the sent body."""

    def facts(self, work: UnitOfWork, visible: VisibleDirectory, /) -> Document:
        """Return the facts to decide by: `decided_by`, `used_as`, `present_labels`, in an entered unit of work."""


def read_proposal(visible: VisibleDirectory, caller: Caller, data: bytes) -> DirectoryChange:
    """Return the change that a body proposes: of labels if the body holds `labels`, else of the vocabulary.

    Raises:
        Forbidden: the caller may not propose the change.
        BodyRefused, RecordRefused: the body is wrong.
    """
    body = peek(data)
    document = body if isinstance(body, dict) else {}
    proposal = LabelsProposal if "labels" in document else EntryProposal
    return proposal.read(visible, caller, document, data)


def propose(work: UnitOfWork, visible: VisibleDirectory, caller: Caller, change: DirectoryChange) -> TaggedDocument:
    """Store a proposal (`read_proposal`) and return the proposal.

    Raises:
        NotFound: the object is gone.
        Forbidden: an organization would show more of itself, which it does in its own record.
        RecordRefused: the change could not stand in the directory.
        StillNeeded: the caller's proposal for the object waits to be decided already, or the object is an import's.
    """
    with work:
        body = change.body(work)
    try:
        check_object(work, change.writer(caller), change.resource, change.slug, body=body)
    except (Forbidden, RecordRefused) as refused:
        problems = tuple(replace(problem, path=change.pointer(problem.path)) for problem in refused.problems)
        raise type(refused)("", problems, refused.more) from None
    with work:
        wait_for_turn(work.session, "vocabulary proposals")
        proposals = _visible(work, visible)
        if proposals.is_open(caller.organization, change.resource, change.slug):
            raise StillNeeded(refusals.PROPOSED_ALREADY)
        proposal = proposals.add(
            id=str(uuid4()),
            organization=caller.organization,
            resource=change.resource,
            slug=change.slug,
            entry=change.entry,
            status=OPEN,
            proposed_on=Resources(work.session).today(),
        )
        answer = _view_of(work, visible, proposal)
        work.commit()
        return answer


def list_proposals(
    work: UnitOfWork, visible: VisibleDirectory, *, status: str | None, page: int, per_page: int
) -> TaggedDocument:
    """Return a page of the proposals visible to the reader: `items`, `page`, `per_page`, `total`."""
    with work:
        proposals = _visible(work, visible)
        rows = proposals.page(status, offset=(page - 1) * per_page, limit=per_page)
        items = [_view_of(work, visible, proposal).document for proposal in rows]
        total = proposals.count(status)
    return with_etag({"items": items, "page": page, "per_page": per_page, "total": total})


def get_proposal(work: UnitOfWork, visible: VisibleDirectory, proposal_id: str) -> TaggedDocument:
    """Return a proposal.

    Raises:
        NotFound: no such proposal, or hidden from the reader.
    """
    with work:
        return _view_of(work, visible, _require(_visible(work, visible).find(proposal_id)))


def sees_proposal(work: UnitOfWork, visible: VisibleDirectory, proposal_id: str) -> bool:
    """Say, in an entered unit of work, whether the reader sees a proposal with the id."""
    return _visible(work, visible).find(proposal_id) is not None


def open_proposals(work: UnitOfWork, visible: VisibleDirectory) -> list[DirectoryProposal]:
    """Return the proposals that wait to be decided, in an entered unit of work.

    Of organizations that the reader's version of the directory does not name yet, none.
    """
    organizations = visible.organizations
    rows = _visible(work, visible).page(OPEN)
    return [
        proposal
        for proposal in rows
        if proposal.organization in organizations
        and (proposal.resource != ORGANIZATIONS or proposal.slug in organizations)
    ]


def decide_proposal(
    work: UnitOfWork,
    visible: VisibleDirectory,
    caller: Caller,
    proposal_id: str,
    *,
    sent_body: SentBody[DecisionBody],
    condition: Condition,
) -> TaggedDocument:
    """Accept or decline a proposal, and return the proposal; the same decision again changes no row.

    Raises:
        NotFound, Forbidden, PreconditionRequired, PreconditionFailed: as their names say.
        ActRefused: the proposal was decided otherwise before.
        BodyRefused: the body is wrong.
        StillNeeded: the change cannot stand in the present directory.
    """
    with work:
        CoalitionRepository(work).wait_for_turn()
        proposal = _require(_visible(work, visible).find(proposal_id, lock=True))
        change = _change_of(proposal)
        if not change.may_decide(work, visible, caller, proposal.organization):
            raise Forbidden
        condition.check(_view_of(work, visible, proposal))
        decision = sent_body.take().status
        if proposal.status not in (OPEN, decision):
            raise ActRefused("not_from_here")
        if proposal.status == OPEN:
            if decision == ACCEPTED:
                _accept(work, change, caller)
            proposal.status, proposal.decided_by = decision, caller.organization
            proposal.decided_on = Resources(work.session).today()
            work.session.flush()
        answer = _view_of(work, visible, proposal)
        work.commit()
        return answer


def _visible(work: UnitOfWork, visible: VisibleDirectory) -> Proposals:
    """Return the proposals visible to a reader, by the present directory: a served version may be older."""
    reader = visible.reader and Resources(work.session).reader(visible.reader.organization, visible.reader.scopes)
    return Proposals(work.session, reader)


def _change_of(proposal: DirectoryProposal) -> DirectoryChange:
    return (LabelsProposal if proposal.resource == ORGANIZATIONS else EntryProposal)(proposal.slug, proposal.entry)


def _view_of(work: UnitOfWork, visible: VisibleDirectory, proposal: DirectoryProposal) -> TaggedDocument:
    """Return a proposal, with the facts to decide by."""
    facts = _change_of(proposal).facts(work, visible)
    document: dict[str, Any] = {
        "id": proposal.id,
        "status": proposal.status,
        "proposed_by": proposal.organization,
        "proposed_on": proposal.proposed_on.isoformat(),
        "entry": proposal.entry,
        "decision": _decision(visible, proposal),
        **facts,
    }
    return with_etag(document)


def _decision(visible: VisibleDirectory, proposal: DirectoryProposal) -> dict[str, Any] | None:
    """Return the day and the agency of the decision, as far as visible to the reader."""
    if proposal.decided_on is None:
        return None
    by = proposal.decided_by if proposal.decided_by in visible.organizations else None
    return {"on": proposal.decided_on.isoformat(), "by": by}


def _require(proposal: DirectoryProposal | None) -> DirectoryProposal:
    if proposal is None:
        raise NotFound
    return proposal


def _accept(work: UnitOfWork, change: DirectoryChange, caller: Caller) -> None:
    try:
        put_in(work, change.writer(caller), change.resource, change.slug, body=change.body(work), condition=None)
        emit_directory_changed(work)
    except Forbidden:  # it hid since it was proposed
        raise Forbidden("", (Problem("/status", refusals.SHOWN_BY_ITSELF),)) from None
    except RecordRefused:
        raise StillNeeded(refusals.NO_LONGER_FITS) from None
