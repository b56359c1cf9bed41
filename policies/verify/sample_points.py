"""Points of the space of facts, drawn at random from a seed: where rules meet more often than elsewhere.

Drawn evenly, nearly every point would meet no permit at all. So words named by few rules are drawn less often, and
circumstances of the same exception are drawn together.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from policies.engine.compile import Space
from policies.engine.evaluate import Answers, Codes, evaluate

from .possible_facts import possible

# How often a yes/no is yes, and which words of an enumeration are drawn more often, by the end of a dimension's name.
OFTEN_YES: Mapping[str, float] = {"regimes": 0.1, "declared": 0.95, "marks": 0.5, "signers": 0.5, "member": 0.4}
LEANING: Mapping[str, Mapping[str, float]] = {
    "action": {"disclose": 12},
    "kind": {"health": 4, "law_enforcement": 4, "child_welfare": 3, "cac": 3, "prosecutor": 2, "dv_shelter": 2,
             "unknown": 0.4},
    "basis": {"community": 4, "unknown": 0.2},
    "process": {"none": 12},
    "purpose": {"referral": 5, "safety": 5, "team_review": 3, "mandated_report": 2, "treatment": 2},
    "consent": {"current": 12},
    "level": {"release": 6},
    "agreement": {"in_force": 4},
    "agreement_type": {"team": 2, "mou": 2},
    "guardian": {"safe_parent": 2, "court_safe": 2},
    "danger": {"imminent": 2, "medical": 2},
    "data": {"shelter_location": 0.5, "none": 0.3},
}  # fmt: skip
TOGETHER: tuple[Mapping[str, str], ...] = (
    {"context.purpose": "safety", "context.danger": "medical"},
    {"context.purpose": "safety", "context.danger": "imminent"},
    {"context.purpose": "team_review", "context.age": "minor", "context.agreement": "in_force",
     "context.agreement_type": "team"},
    {"context.purpose": "mandated_report", "action": "report", "context.age": "minor"},
)  # fmt: skip
TOGETHER_SHARE = 0.15
"""The part of the points that each circumstance is put into."""


def draw(space: Space, count: int, seed: int) -> Codes:
    """Return `count` points of the space, a column each; the same for the same seed. Possible or not."""
    rng = np.random.default_rng(seed)
    table = np.array([_column(rng, space, number, count) for number in range(len(space.dimensions))], dtype=np.int8)
    part = rng.random(count)
    for number, circumstance in enumerate(TOGETHER):
        columns = (part >= number * TOGETHER_SHARE) & (part < (number + 1) * TOGETHER_SHARE)
        for name, word in circumstance.items():
            row = space.index[name]
            table[row, columns] = space.dimensions[row].values.index(word)
    return table


def draw_possible(space: Space, count: int, seed: int) -> Codes:
    """Return `count` possible points, a column each; the same for the same seed."""
    tables: list[Codes] = []
    have = 0
    while have < count:
        table = _nearer_to_canonical(space, draw(space, 2 * count, seed + 1_000_003 * len(tables)))
        points = table[:, _possible(space, table)]
        tables.append(points)
        have += points.shape[1]
    return np.ascontiguousarray(np.concatenate(tables, axis=1)[:, :count])


def _possible(space: Space, table: Codes) -> Answers:
    answers: Answers = evaluate(space, [possible(space)], table)[0]
    return answers


def _column(rng: np.random.Generator, space: Space, number: int, count: int) -> Codes:
    dimension = space.dimensions[number]
    attribute = dimension.name.rpartition(".")[2].partition("[")[0]
    if dimension.words is None:
        return (rng.random(count) < OFTEN_YES.get(attribute, 0.25)).astype(np.int8)
    lean = LEANING.get(attribute, {})
    weights = np.array([lean.get(str(value), 1.0) for value in dimension.values])
    return rng.choice(len(weights), size=count, p=weights / weights.sum()).astype(np.int8)


def _nearer_to_canonical(space: Space, table: Codes) -> Codes:
    """Return the points brought nearer to the canonicaliser's results, so that enough points are possible."""
    index, words = space.index, space.vocabulary.words
    marks = [index[f"context.marks[{mark}]"] for mark in words("Mark")]
    signers = [index[f"context.signers[{signer}]"] for signer in words("Signer")]
    consent, level = index["context.consent"], index["context.level"]
    form, aside = index["context.form_set_aside"], index["context.signature_set_aside"]
    disclosing = table[index["action"]] == space.vocabulary.actions.index("disclose")
    states, levels = words("Consent"), words("Level")
    table[consent, ~disclosing] = states.index("absent")
    dead = table[consent] != states.index("current")
    guardian = table[index["context.guardian"]]
    safe = guardian == words("Guardian").index("safe_parent")
    table[signers[1]] &= safe & (table[index["context.age"]] != words("Age").index("adult"))
    appointed = [words("Guardian").index(word) for word in ("court_safe", "state_conservator")]
    table[signers[2]] &= np.isin(guardian, appointed)
    table[np.ix_(signers, dead)] = 0
    empty = ~table[signers].any(axis=0)
    table[level, empty] = levels.index("none")
    table[level, ~empty & (table[level] == levels.index("none"))] = levels.index("release")
    table[form] &= ~empty & (table[level] == levels.index("verbal"))
    table[np.ix_(marks, table[level] < levels.index("written"))] = 0
    table[aside, dead] = 0
    table[aside, empty & ~dead] = 1
    table[index["context.agreement_type"], table[index["context.agreement"]] == 0] = 0
    table[index["context.operator_authorised"]] &= table[index["context.data"]] == words("Data").index(
        "shelter_location"
    )
    return table
