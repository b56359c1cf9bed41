"""Which transfers may go: the rules' answers, each transfer asked about once in a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from routing.directory.moment import Moment
from routing.ports import HopRules, Transfer


class Permits:
    """The transfers that may go as things stand: under the known facts and the recorded consents.

    `receptions` are what holders are to recipients by these rules, for each profile that makes a difference to hops.
    """

    def __init__(self, rules: HopRules) -> None:
        self.rules, self.only_by_consent = rules, rules.only_by_consent()
        self.may_go: dict[Transfer, bool] = {}
        self.receptions: dict[object, dict[Any, Any]] = {}

    @classmethod
    def at(cls, moment: Moment, rules: HopRules) -> Self:
        """Return the permits of a moment, which equal rules share."""
        known: Self | None = next((permits for permits in moment.permits if permits.rules == rules), None)
        if known is None:
            moment.permits.append(known := cls(rules))
        return known

    @property
    def transfers(self) -> tuple[Transfer, ...]:
        """The transfers decided by the rules so far, as things stand."""
        return tuple(self.may_go)

    def look_up(self, transfers: Sequence[Transfer]) -> None:
        """Ask the rules about many transfers at once, so that later questions about these find the answers."""
        if new := [transfer for transfer in dict.fromkeys(transfers) if transfer not in self.may_go]:
            self.may_go.update(zip(new, self.rules.may_send(new).tolist(), strict=True))

    def together(self, transfers: Sequence[Transfer]) -> bool:
        """Return whether the transfers may all go with one packet."""
        return not self.missing(transfers)

    def missing(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Return the transfers that may not go as things stand, in their order."""
        self.look_up(transfers)
        return [transfer for transfer in transfers if not self.may_go[transfer]]
