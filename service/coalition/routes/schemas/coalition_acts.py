"""Proposals and grievances, decided and heard by the coalition, as documented: contract, part two, section 9."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from service.coalition.routes.schemas.coalition import WordMeaning
from service.coalition.use_cases import hear_grievances, keep_proposals
from service.i18n import grievances
from service.web.schemas import example_of

PROPOSED: dict[str, Any] = {"term": "safe house", "means": "emergency_shelter"}
ProposalStatus = Annotated[str, Field(json_schema_extra={"enum": list(keep_proposals.STATUSES)})]
_PROPOSAL: dict[str, Any] = {
    "id": "5d4a1c9e-2f0b-4a55-8a43-0c2b7d1e9f10",
    "status": "open",
    "proposed_by": "juniper-bridge-hotline",
    "proposed_on": "2026-03-02",
    "entry": {**PROPOSED, "organization": "juniper-bridge-hotline"},
    "decided_by": None,
    "decision": None,
    "used_as": [
        {"means": "transitional_housing", "name": "transitional housing", "organizations": ["open-gate-intake"]}
    ],
    "present_labels": None,
}


class ProposalDecision(BaseModel):
    """The day of the decision, and the member that decided."""

    on: date
    by: str | None


class PresentLabels(BaseModel):
    """The labels of an organization in force; null: not known, as of every organization that declared none."""

    basis: str | None
    kind: str | None
    regimes: list[str]
    reporter: str | None
    membership: str
    listed: str
    address_private: bool


class ProposalDocument(BaseModel):
    """A proposed word or code, or proposed labels. `decided_by`: the member to decide; null: any member with the scope.

    Labels are settled by a member with `directory:admin` of neither the organization's house nor the proposer's.
    """

    model_config = example_of(**_PROPOSAL)

    id: str
    status: ProposalStatus
    proposed_by: str
    proposed_on: date
    entry: dict[str, Any] = Field(
        description="What stands in the vocabulary once it is accepted; or whose labels change, and to what."
    )
    decided_by: str | None
    decision: ProposalDecision | None
    used_as: list[WordMeaning] = Field(description="What the word means now, and to whom.")
    present_labels: PresentLabels | None = Field(description="The organization's labels in force; null for a word.")


class ProposalPage(BaseModel):
    """A page of proposals, the newest day first."""

    model_config = example_of(items=[_PROPOSAL], page=1, per_page=50, total=1)

    items: list[ProposalDocument]
    page: int
    per_page: int
    total: int


GrievanceStatus = Annotated[str, Field(json_schema_extra={"enum": list(hear_grievances.STATUSES)})]
GrievanceOutcome = Annotated[str, Field(json_schema_extra={"enum": list(hear_grievances.OUTCOMES)})]
_GRIEVANCE: dict[str, Any] = {
    "id": "8c5d2b7e-1a3f-4c60-9b2d-7e4f0a6c1d55",
    "about": {"organization": "bluestem-haven"},
    "codes": ["not_heard"],
    "week": "2026-W10",
    "status": "filed",
    "outcome": None,
    "pile": None,
}


class FiledGrievance(BaseModel):
    """A filed grievance. The `code` is shown only once: with the code, the filer can see how it ends."""

    model_config = example_of(code="acoustic-bamboo-canoe-dolphin", status="filed", plain=grievances.KEPT)

    code: str
    status: GrievanceStatus
    plain: str


class GrievanceState(BaseModel):
    """The state of a grievance; `outcome` once closed."""

    model_config = example_of(
        status="closed", outcome="put_right", week="2026-W10", plain=grievances.OUTCOMES["put_right"]
    )

    status: GrievanceStatus
    outcome: GrievanceOutcome | None
    week: str
    plain: str


class GrievanceAbout(BaseModel):
    """The subject of a grievance; a null `organization` is not in the directory."""

    organization: str | None = None
    decision_id: str | None = None
    coalition: bool | None = None


class GrievanceDocument(BaseModel):
    """A grievance for the body that hears it: the subject, the codes, and the week of filing."""

    model_config = example_of(**_GRIEVANCE)

    id: str
    about: GrievanceAbout
    codes: list[str]
    week: str
    status: GrievanceStatus
    outcome: GrievanceOutcome | None
    pile: str | None = Field(
        description="Shared by the grievances of one network, where many came from it within an hour; else null."
    )


class GrievancePage(BaseModel):
    """A page of grievances, the newest week first."""

    model_config = example_of(items=[_GRIEVANCE], piles={}, page=1, per_page=50, total=1)

    items: list[GrievanceDocument]
    piles: dict[str, int] = Field(description="How many grievances each pile has of which one is on this page.")
    page: int
    per_page: int
    total: int
