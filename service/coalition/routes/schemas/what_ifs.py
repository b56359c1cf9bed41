"""What-ifs, as documented."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from service.coalition.use_cases.keep_what_ifs import REASONS, STATUSES
from service.coalition.what_if import Assumptions, read_assumptions
from service.web.schemas import example_of

BED: dict[str, Any] = {
    "services": [{"id": "one-more-bed", "like": "bh-beds", "always_open": True, "free": 1}],
    "agreements": [{"id": "one-more", "between": ["juniper-bridge-hotline", "bluestem-haven"], "level": "coalition"}],
    "calls": 20,
}
_GAPS = {"gaps": 31, "thin": 12, "gaps_by_type": {"detox": 6, "relocation": 25}}
_YES = {"first": 8, "second": 11, "third": 13, "nobody": 2}
_MORE = {"first": 9, "second": 13, "third": 15, "nobody": 2}
_ROW = {"calls": 20, "before": _YES, "after": _MORE}
RESULT: dict[str, Any] = {
    "directory_version": 12,
    "coverage": {"before": _GAPS, "after": _GAPS},
    "single_points": {"before": ["willow-bend-youth"], "after": ["willow-bend-youth"]},
    "calls": [{"type": "emergency_shelter", **_ROW}],
    "all_calls": {"type": None, **_ROW},
    "assumptions": read_assumptions().model_dump(mode="json"),
    "drawn": {"calls": 20, "seed": 59},
}
_KEPT: dict[str, Any] = {
    "id": "7d0c3b1e-58a4-4f0e-9c55-2f4b8a0e6c1d",
    "status": "done",
    "reason": None,
    "asked_at": "2026-03-02T10:00:00+00:00",
    "delete_at": "2026-03-03T10:00:00+00:00",
    "result": RESULT,
}
ASKED = {**_KEPT, "status": "waiting", "result": None}


class WhatIfCoverage(BaseModel):
    """Counts of needs by age band and area: without a service, and with one provider alone."""

    gaps: int
    thin: int
    gaps_by_type: dict[str, int]


class WhatIfCoverages(BaseModel):
    """Coverage before and after the changes."""

    before: WhatIfCoverage
    after: WhatIfCoverage


class WhatIfPoints(BaseModel):
    """Agencies without a backup, before and after."""

    before: list[str]
    after: list[str]


class WhatIfYes(BaseModel):
    """How many drawn calls got a yes by the first, second and third call, and how many had nobody to call."""

    first: int
    second: int
    third: int
    nobody: int


class WhatIfCalls(BaseModel):
    """The drawn calls about a need. `type` null: all of them."""

    type: str | None
    calls: int
    before: WhatIfYes
    after: WhatIfYes


class WhatIfDraws(BaseModel):
    """How the calls were drawn: the same seed gives the same calls."""

    calls: int
    seed: int


class WhatIfResult(BaseModel):
    """The comparison, as `coalition what-if --json` prints it."""

    directory_version: int
    coverage: WhatIfCoverages
    single_points: WhatIfPoints
    calls: list[WhatIfCalls]
    all_calls: WhatIfCalls
    assumptions: Assumptions = Field(description="Guesses, not measured; only published response times were.")
    drawn: WhatIfDraws


class WhatIfDocument(BaseModel):
    """A what-if of the caller's organization. `result` null: not worked out yet, or failed for `reason`."""

    model_config = example_of(**_KEPT)

    id: str
    status: Annotated[str, Field(json_schema_extra={"enum": list(STATUSES)})]
    reason: Annotated[str, Field(json_schema_extra={"enum": list(REASONS)})] | None
    asked_at: datetime
    delete_at: datetime = Field(description="When it is deleted.")
    result: WhatIfResult | None
