"""A path as the API shows it, open or conditional."""

from __future__ import annotations

import routing
from service.answers.builder.steps import StepWriter
from service.answers.schemas.paths import CostTerm, Path
from service.i18n import answers


def write_path(writer: StepWriter, path: routing.Path, *, rank: int) -> Path:
    """Return a path with its place in the list, its cost and its steps.

    Raises:
        RecordsDisagree: the rules do not allow a step after all, or two engines differ on a step.
    """
    return {
        "rank": rank,
        "covers": list(path.covers),
        "uncovered": list(path.uncovered),
        "cost": {"total": path.total, "terms": [_term(term, path) for term in path.terms]},
        "exposure": path.exposure,
        "steps": [writer.write(step) for step in path.steps],
    }


def _term(term: routing.CostTerm, path: routing.Path) -> CostTerm:
    handoffs = sum(step.mode != "internal" for step in path.steps)
    plain = answers.handoffs(handoffs) if term.name == "handoffs" else answers.TERM[term.name]
    return {"name": term.name, "value": term.value, "plain": plain}
