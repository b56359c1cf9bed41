"""Transfers as they could go in some worlds: under facts that are not known, and consents that are not on record."""

from __future__ import annotations

from collections.abc import Sequence

from routing.handoffs.permits import Permits
from routing.ports import CALL, Ages, AskRules, Transfer


class PermittedInWorlds(Permits):
    """The transfers that may go today, and those that may go in one of the worlds of a region."""

    def __init__(self, today: Permits, asks: AskRules, ages: Sequence[Ages], rows: frozenset[int] | None) -> None:
        """Take today's permits, and the `ages` and `rows` of `could_send` (`None`: every row) of a region."""
        super().__init__(today.rules)
        self.may_go = today.may_go
        self._asks, self._ages = asks, ages
        self._rows = slice(None) if rows is None else list(rows)

    def missing(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Return the transfers that may not go today, and the call, which a world may deny: a young child may not."""
        denials = super().missing([transfer for transfer in transfers if transfer != CALL])
        return [*denials, CALL] if CALL in transfers else denials

    def together(self, transfers: Sequence[Transfer]) -> bool:
        """Return whether the transfers may all go with one packet: today, or together in one of the worlds."""
        denials = self.missing(transfers)
        could = (self._asks.could_send(denials, ages)[self._rows] for ages in self._ages)
        return not denials or any(worlds.all(axis=1).any() for worlds in could)

    def surely(self, transfers: Sequence[Transfer]) -> bool:
        """Return whether the transfers may go with the recorded consents alone: today, or in every world."""
        denials = self.missing(transfers)
        agreed = (self._asks.as_agreed(denials, ages)[self._rows] for ages in self._ages if denials)
        return all(worlds.all() for worlds in agreed)
