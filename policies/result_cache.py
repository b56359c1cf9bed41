"""Which compiled formulas hold, remembered by the facts that this rests on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .engine.compile import Formula, Space
from .engine.encode_facts import Encoder
from .engine.evaluate import CompiledFormulas
from .engine.reading import Key, RulesReading, keep
from .facts import Facts

MEMORY = 200_000
"""How many results are remembered, by the facts that they rest on; a fact is a word of the vocabulary."""
Row = bytes
"""A byte for each formula, in order: 1 where it holds."""


class ResultCache:
    """The row of a set of formulas, remembered by facts.

    A single facts is remembered by what the formulas read of it, too. Of many, the whole is sooner worked out.
    """

    def __init__(self, space: Space, encoder: Encoder, formulas: Sequence[Formula], reading: RulesReading) -> None:
        self.compiled = CompiledFormulas(space, formulas)
        self._encoder = encoder
        self._reading = reading
        self._rows: dict[Facts, Row] = {}
        self._by_key: dict[Key, Row] = {}

    def row_of(self, facts: Facts) -> Row:
        """Return the row for a single facts."""
        row = self._rows.get(facts)
        if row is not None:
            return row
        key = self._reading.key(facts)
        row = self._by_key.get(key)
        if row is None:
            (row,) = self._work_out([facts]).values()
            keep(self._by_key, {key: row}, MEMORY)
        keep(self._rows, {facts: row}, MEMORY)
        return row

    def rows(self, facts: Sequence[Facts]) -> list[Row]:
        """Return the row for each facts, in order; a single compiled call for new facts."""
        rows = [self._rows.get(request) for request in facts]
        pending = list(dict.fromkeys(request for request, row in zip(facts, rows, strict=True) if row is None))
        new = self._work_out(pending) if pending else {}
        keep(self._rows, new, MEMORY)
        return [new[request] if row is None else row for request, row in zip(facts, rows, strict=True)]

    def _work_out(self, facts: Sequence[Facts]) -> dict[Facts, Row]:
        table = np.ascontiguousarray(self.compiled.run(self._encoder.table(facts)).T)
        return {request: row.tobytes() for request, row in zip(facts, table, strict=True)}
