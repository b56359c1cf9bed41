"""Show the permitted numbers of a counted quarter."""

from __future__ import annotations

from typing import Any

from service.coalition import VisibleDirectory
from service.database.unit_of_work import UnitOfWork
from service.i18n import coalition, codes
from service.referrals.outcomes import STEPS
from service.referrals.store.outcomes import Outcomes, times_of
from service.referrals.store.work_tables import OutcomeCell


def get_outcomes(work: UnitOfWork, visible: VisibleDirectory, *, quarter: str | None, by: str) -> dict[str, Any]:
    """Return the shown numbers of a quarter, by default the last counted: the same to every member."""
    with work:
        store = Outcomes(work.session)
        latest = quarter or store.latest()
        on = None if latest is None else store.computed_on(latest)
        rows = [] if latest is None else store.cells(latest, by)
        cells = [
            {"value": row.value, "name": _name(visible, by, row.value), "referrals": row.referrals,
             "answered": row.answered, "times": _times(row)}
            for row in rows
        ]  # fmt: skip
    return {
        "quarter": latest,
        "by": by,
        "computed_on": None if on is None else on.isoformat(),
        "rows": cells,
        "plain": coalition.OUTCOMES if on is not None else coalition.OUTCOMES_LATER,
    }


def _times(row: OutcomeCell) -> dict[str, str] | None:
    times = times_of(row)
    return None if times is None else dict(zip(STEPS, times, strict=True))


def _name(visible: VisibleDirectory, by: str, value: str) -> str:
    if by == "area":
        return visible.names.areas.get(value, value)
    return visible.type_name(value) if by == "type" else codes.service_type(value)
