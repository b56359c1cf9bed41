"""The plain answer to every question: the facts of a request that states no facts.

A witness is told by its facts beyond the plain answers, so a witness is made as plain as possible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from policies.engine.compile import Space
from policies.engine.evaluate import Answers, Codes

PLAIN: Mapping[str, str | bool] = {
    "kind": "community",
    "basis": "community",
    "declared": True,
    "reporter": "none",
    "action": "disclose",
    "data": "identity",
    "purpose": "referral",
    "age": "adult",
    "may_sign_alone": "no",
    "emancipated": "no",
    "trafficking": "no",
}
"""By attribute; the plain answer to any other question is no, or the first of its words."""


def plain_point(space: Space) -> Codes:
    """Return the plain point of a space: a code per dimension."""
    codes = []
    for dimension in space.dimensions:
        value = PLAIN.get(dimension.name.rpartition(".")[2], dimension.values[0])
        codes.append(dimension.values.index(value) if value in dimension.values else 0)
    return np.array(codes, dtype=np.int8)


def plainest(space: Space, point: Codes, holds: Callable[[Codes], Answers]) -> Codes:
    """Return a point where `holds` stays true, with as many plain answers as possible.

    `holds` says of each column of a table whether the point fits; `point` fits.
    """
    codes, plain = point.copy(), plain_point(space)
    progress = True
    while progress:
        progress = False
        for number in np.flatnonzero(codes != plain):
            trial = codes.copy()
            trial[number] = plain[number]
            if holds(trial[:, None])[0]:
                codes, progress = trial, True
    return codes
