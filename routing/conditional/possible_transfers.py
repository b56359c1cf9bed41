"""Transfers as they could go in some worlds: under facts that are not known, and consents that are not on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.handoffs.permits import Permits
from routing.kept import cached_property
from routing.ports import CALL, Ages, AskRules, Transfer


class Possibilities:
    """The transfers that the rules could let go, each transfer asked about once; for one request."""

    def __init__(self, rules: AskRules) -> None:
        self.rules = rules
        self._could: dict[tuple[Transfer, Ages], NDArray[np.bool_]] = {}
        self._agreed: dict[tuple[Transfer, Ages], NDArray[np.bool_]] = {}

    def could(self, transfers: Sequence[Transfer], ages: Ages) -> NDArray[np.bool_]:
        """Return whether transfers may go in each of the rules' worlds, shape (worlds, transfers)."""
        return _remembered(self._could, self.rules.could_send, transfers, ages)

    def as_agreed(self, transfers: Sequence[Transfer], ages: Ages) -> NDArray[np.bool_]:
        """Return whether transfers may go with the recorded consents alone in each of the rules' worlds."""
        return _remembered(self._agreed, self.rules.as_agreed, transfers, ages)


def _remembered(
    known: dict[tuple[Transfer, Ages], NDArray[np.bool_]],
    ask: Callable[[Sequence[Transfer], Ages], NDArray[np.bool_]],
    transfers: Sequence[Transfer],
    ages: Ages,
) -> NDArray[np.bool_]:
    fresh = [transfer for transfer in transfers if (transfer, ages) not in known]
    if fresh:
        found = ask(fresh, ages)
        known.update({(transfer, ages): found[:, place] for place, transfer in enumerate(fresh)})
    return np.array([known[transfer, ages] for transfer in transfers], dtype=np.bool_).T


class PermittedInWorlds(Permits):
    """What may go today, and what may go in one of the worlds of a region."""

    def __init__(
        self, today: Permits, possibilities: Possibilities, ages: Sequence[Ages], rows: frozenset[int] | None
    ) -> None:
        """Take what may go today, whose answers are shared, and the worlds of a region.

        The rules tell these worlds apart by `ages` (each on one side of each bound), and by `rows` of
        `AskRules.could_send`; None means every row.
        """
        super().__init__(today.rules)
        self.may_go = today.may_go
        self._possibilities, self._ages = possibilities, ages
        self._rows = slice(None) if rows is None else sorted(rows)

    def missing(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Return the transfers that may not go as things stand, and the call if a world denies it.

        A packet that may go as things stand goes in every world; a client of any age may call, and a young child not.
        """
        found = super().missing([transfer for transfer in transfers if transfer != CALL])
        return found if CALL not in transfers or self._may_call_in_each else [*found, CALL]

    @cached_property
    def _may_call_in_each(self) -> bool:
        return all(self._possibilities.as_agreed((CALL,), ages)[self._rows].all() for ages in self._ages)

    def look_up(self, transfers: Sequence[Transfer]) -> None:
        """Ask at once what may go today, and what could go in the worlds."""
        missing = self.missing(transfers)
        for ages in self._ages:
            self._possibilities.could(missing, ages)

    def together(self, transfers: Sequence[Transfer]) -> bool:
        """Say whether the transfers may all go with one packet: today, or together in one of the worlds."""
        missing = self.missing(transfers)
        could = (self._possibilities.could(missing, ages)[self._rows] for ages in self._ages if missing)
        return not missing or any(worlds.all(axis=1).any() for worlds in could)

    def surely(self, transfers: Sequence[Transfer]) -> bool:
        """Say whether the transfers may go with the recorded consents alone: today, or in every one of the worlds."""
        missing = self.missing(transfers)
        agreed = (self._possibilities.as_agreed(missing, ages)[self._rows] for ages in self._ages if missing)
        return not missing or all(worlds.all() for worlds in agreed)
