"""Transfers as they could go in some worlds: under facts that are not known, and consents that are not on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.handoffs.permits import Permits
from routing.ports import CALL, Ages, AskRules, Transfer


class Possibilities:
    """The transfers that the rules could permit, each asked about once; for one request."""

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
    memory: dict[tuple[Transfer, Ages], NDArray[np.bool_]],
    ask: Callable[[Sequence[Transfer], Ages], NDArray[np.bool_]],
    transfers: Sequence[Transfer],
    ages: Ages,
) -> NDArray[np.bool_]:
    new = [transfer for transfer in transfers if (transfer, ages) not in memory]
    if new:
        answers = ask(new, ages)
        memory.update({(transfer, ages): answers[:, place] for place, transfer in enumerate(new)})
    return np.array([memory[transfer, ages] for transfer in transfers]).T


class PermittedInWorlds(Permits):
    """The transfers that may go today, and those that may go in one of the worlds of a region."""

    def __init__(
        self, today: Permits, possibilities: Possibilities, ages: Sequence[Ages], rows: frozenset[int] | None
    ) -> None:
        """Take today's permits, and the `ages` and `rows` of `could_send` (`None`: every row) of a region."""
        super().__init__(today.rules)
        self.may_go = today.may_go
        self._possibilities, self._ages = possibilities, ages
        self._rows = slice(None) if rows is None else list(rows)

    def missing(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Return the transfers that may not go today, and the call, which a world may deny: a young child may not."""
        denials = super().missing([transfer for transfer in transfers if transfer != CALL])
        return [*denials, CALL] if CALL in transfers else denials

    def look_up(self, transfers: Sequence[Transfer]) -> None:
        """Ask at once which transfers may go today, and which could go in the worlds."""
        denials = self.missing(transfers)
        for ages in self._ages:
            self._possibilities.could(denials, ages)

    def together(self, transfers: Sequence[Transfer]) -> bool:
        """Return whether the transfers may all go with one packet: today, or together in one of the worlds."""
        denials = self.missing(transfers)
        could = (self._possibilities.could(denials, ages)[self._rows] for ages in self._ages)
        return not denials or any(worlds.all(axis=1).any() for worlds in could)

    def surely(self, transfers: Sequence[Transfer]) -> bool:
        """Return whether the transfers may go with the recorded consents alone: today, or in every world."""
        denials = self.missing(transfers)
        agreed = (self._possibilities.as_agreed(denials, ages)[self._rows] for ages in self._ages if denials)
        return all(worlds.all() for worlds in agreed)
