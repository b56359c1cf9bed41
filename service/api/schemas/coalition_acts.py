"""What the coalition decides and hears, as documented: contract, part two, section 9."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from service.api.schemas.coalition import WordMeaning
from service.api.schemas.happenings import example_of
from service.usecases import propose_words

PROPOSED: dict[str, Any] = {"term": "safe house", "means": "emergency_shelter"}
ProposalStatus = Annotated[str, Field(json_schema_extra={"enum": list(propose_words.STATUSES)})]
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
}


class Decision(BaseModel):
    """When it was decided, and by which member."""

    on: date
    by: str | None


class ProposalDocument(BaseModel):
    """A proposed word or code. `decided_by`: who decides; null: any member with `directory:admin`."""

    model_config = example_of(**_PROPOSAL)

    id: str
    status: ProposalStatus
    proposed_by: str
    proposed_on: date
    entry: dict[str, Any] = Field(description="What stands in the vocabulary once it is accepted.")
    decided_by: str | None
    decision: Decision | None
    used_as: list[WordMeaning] = Field(description="What the word means now, and to whom.")


class ProposalPage(BaseModel):
    """A page of proposals, the newest day first."""

    model_config = example_of(items=[_PROPOSAL], page=1, per_page=50, total=1)

    items: list[ProposalDocument]
    page: int
    per_page: int
    total: int
