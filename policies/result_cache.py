"""Results of compiled rules, remembered by the facts that they rest on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np

from .engine.compile import Formula, Space
from .engine.evaluate import Answers, Codes, CompiledFormulas
from .engine.reading import Key, RulesReading, keep
from .facts import Facts

MEMORY = 200_000
"""How many results are remembered, by the facts that they rest on; a fact is a word of the vocabulary."""
Result = TypeVar("Result")


class ResultCache(Generic[Result]):
    """The result of a set of formulas that hold, remembered by facts; equal sets of formulas are read once.

    A single facts is remembered by what the formulas read of it, too. Of many, the whole is sooner worked out.
    """

    def __init__(
        self,
        space: Space,
        codes: Callable[[Sequence[Facts]], Codes],
        formulas: Sequence[Formula],
        reading: RulesReading,
        read: Callable[[Answers], Result],
    ) -> None:
        self.compiled = CompiledFormulas(space, formulas)
        self._codes = codes
        self._reading = reading
        self._read_row = lru_cache(maxsize=MEMORY)(lambda row: read(np.frombuffer(row, dtype=np.bool_)))
        self._results: dict[Facts, Result] = {}
        self._by_key: dict[Key, Result] = {}

    def result_of(self, facts: Facts) -> Result:
        """Return the result for a single facts."""
        result = self._results.get(facts)
        if result is not None:
            return result
        key = self._reading.key(facts)
        result = self._by_key.get(key)
        if result is None:
            (result,) = self._work_out([facts]).values()
            keep(self._by_key, {key: result}, MEMORY)
        keep(self._results, {facts: result}, MEMORY)
        return result

    def read(self, facts: Sequence[Facts]) -> list[Result]:
        """Return the result for each facts, in order; a single compiled call for new facts."""
        results = [self._results.get(request) for request in facts]
        pending = list(dict.fromkeys(request for request, result in zip(facts, results, strict=True) if result is None))
        new = self._work_out(pending) if pending else {}
        keep(self._results, new, MEMORY)
        return [new[request] if result is None else result for request, result in zip(facts, results, strict=True)]

    def _work_out(self, facts: Sequence[Facts]) -> dict[Facts, Result]:
        table = np.ascontiguousarray(self.compiled.run(self._codes(facts)).T)
        return {request: self._read_row(row.tobytes()) for request, row in zip(facts, table, strict=True)}
