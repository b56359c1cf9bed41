"""Labels of an organization are proposed by itself or by a member, and settled by a member of another house.

Beside a proposal stand the labels in force, so that whoever decides names in `If-Match` the labels that change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from service import vocabulary
from service.coalition import VisibleDirectory
from service.database.unit_of_work import UnitOfWork
from service.directory.access import READ, WRITE
from service.directory.parties import MAY, Act, PartyRole
from service.directory.store.record_documents import Document
from service.directory.store.resources import Resources
from service.directory.use_cases.read_directory import ORGANIZATIONS, View
from service.directory.use_cases.record_body import Body
from service.directory.use_cases.record_writer import stands_to_labels
from service.documents import fields
from service.documents.base import BundleModel, Rows
from service.documents.bodies import read_as
from service.documents.document import parse_body
from service.errors import Forbidden, Problem, RecordRefused
from service.i18n import refusals
from service.security import Caller


class Labels(BundleModel):
    """Labels to change; the others stay as in force."""

    basis: Annotated[str, fields.one_of(vocabulary.BASES)] | None = None
    kind: fields.Kind | None = None
    regimes: Rows[fields.Regime] | None = None
    reporter: Annotated[str, fields.one_of(vocabulary.REPORTERS)] | None = None
    membership: Annotated[str, fields.one_of(vocabulary.MEMBERSHIPS)] | None = None
    listed: Annotated[str, fields.one_of(vocabulary.LISTINGS)] | None = None
    address_private: bool | None = None

    @model_validator(mode="after")
    def _check_label(self) -> Self:
        if not self.model_fields_set:
            raise fields.fault(refusals.NOTHING_SAID)
        return self


class LabelsBody(BundleModel):
    """Labels for an organization (slug or id); without a name, for the caller's own."""

    organization: Annotated[str, Field(max_length=100)] | None = None
    labels: Labels


@dataclass(frozen=True, slots=True)
class LabelsProposal:
    """A proposal to change labels of an organization. An undeclared organization is declared by its acceptance."""

    resource: ClassVar[str] = ORGANIZATIONS
    slug: str
    entry: Document

    @classmethod
    def read(cls, visible: VisibleDirectory, caller: Caller, body: Document, data: bytes) -> LabelsProposal:
        """Return the labels proposed in a body.

        Raises:
            Forbidden: the caller is neither the organization nor a member.
            BodyRefused, RecordRefused: the body is wrong.
        """
        organization_name = body.get("organization") or caller.organization
        about = next(
            (
                organization.slug
                for organization in visible.organizations.values()
                if organization_name in (organization.slug, organization.id)
            ),
            None,
        )
        if _stands_to(visible, caller, about) not in MAY[Act.PROPOSE_LABELS]:
            raise Forbidden
        labels = read_as(LabelsBody, data, defaults={}, parse=parse_body).labels
        if about is None:
            raise RecordRefused("", (Problem("/organization", refusals.NOT_IN_ORGANIZATIONS),))
        changes = labels.model_dump(mode="json", exclude_unset=True)
        return cls(about, {"organization": about, "labels": changes})

    def may_decide(self, work: UnitOfWork, _visible: VisibleDirectory, caller: Caller, proposer: str) -> bool:
        """Say whether the caller is a member of neither the organization's house nor the proposer's."""
        return stands_to_labels(View.open(work, caller), self.slug, proposer) in MAY[Act.DECIDE_LABELS]

    def writer(self, caller: Caller) -> Caller:
        """Return the organization itself: parts hidden from the decider stay as they are."""
        return replace(caller, organization=self.slug, scopes=frozenset({READ, WRITE}))

    def body(self, work: UnitOfWork) -> Body:
        """Return the organization's record with the proposed labels.

        Raises:
            NotFound: the organization is gone.
        """
        view = View.open(work, self.writer(Caller("", frozenset(), "")))
        document = view.document(ORGANIZATIONS, view.require(ORGANIZATIONS, self.slug))
        labels = {**document.get("coalition", {}), **self.entry["labels"]}
        return Body({**document, "coalition": labels}, misshapen=False, labels_settled=True)

    def pointer(self, path: str) -> str:
        """Return a pointer into the record's `coalition` as a pointer into the body's `labels`."""
        return path.replace("/coalition", "/labels", 1) if path.startswith("/coalition") else path

    def facts(self, work: UnitOfWork, visible: VisibleDirectory) -> Document:
        """Return the labels in force."""
        owner = Resources(work.session).owners_by_slug([self.slug]).get(self.slug)
        is_visible = owner is not None and (visible.reader is None or visible.reader.sees(owner.visibility))
        return {"decided_by": None, "used_as": [], "present_labels": owner.labels if owner and is_visible else None}


def _stands_to(visible: VisibleDirectory, caller: Caller, organization: str | None) -> PartyRole:
    """Return how a caller stands to an organization; to propose labels, a house makes no difference."""
    if caller.organization == organization:
        return PartyRole.SUBJECT
    return PartyRole.OTHER_HOUSE if caller.organization in visible.members else PartyRole.OTHER
