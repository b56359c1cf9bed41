"""How long a what-if of a drawn coalition takes: one more night bed and one more agreement, 500 calls."""

from __future__ import annotations

import json
from typing import Any

from benchmarks import coalitions
from benchmarks.measure import cpu_ms, machine

from service.coalition import VisibleDirectory
from service.coalition.what_if import WhatIf, read_assumptions, read_changes

AGENCIES, CALLS, MOST_S = 300, 500, 120


def measure_what_if(agencies: int = AGENCIES, calls: int = CALLS) -> list[dict[str, Any]]:
    """Return the processor seconds of a what-if, of a usual and an awkward coalition, beside the most allowed."""
    rows = []
    for name, shape in (("usual", coalitions.USUAL), ("awkward", coalitions.AWKWARD)):
        directory = coalitions.serve(agencies, shape=shape)
        like = next(s.slug for s in directory.snapshot.services if "emergency_shelter" in s.types)
        parties = [organization.slug for organization in directory.snapshot.organizations][:2]
        changes = read_changes(
            json.dumps(
                {
                    "services": [{"id": "one-more-bed", "like": like, "always_open": True, "free": 1}],
                    "agreements": [{"id": "one-more", "between": parties, "level": "coalition"}],
                }
            ).encode()
        )
        what_if = WhatIf(VisibleDirectory(None, directory), changes, coalitions.AT, read_assumptions(), calls)
        document, spent_ms = cpu_ms(what_if.document)
        rows.append({
            "coalition": name, "agencies": agencies, "services": len(directory.snapshot.services),
            "calls": document["all_calls"]["calls"], "processor_s": round(spent_ms / 1000, 1), "most_s": MOST_S,
            "machine": machine(),
        })  # fmt: skip
    return rows
