"""Which transfers may go: the rules' answers, each transfer asked about once in a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from routing.ports import HopRules, Transfer


class Permits(Protocol):
    """What hops ask about a packet: whether all of the packet's transfers may go."""

    @property
    def rules(self) -> HopRules:
        """The rules as things stand."""
        ...

    @property
    def asked(self) -> tuple[Transfer, ...]:
        """Every transfer about which the rules were asked so far, as things stand."""
        ...

    def ask(self, transfers: Sequence[Transfer]) -> None:
        """Ask the rules at once about transfers, and keep the answers."""
        ...

    def together(self, transfers: Sequence[Transfer]) -> bool:
        """Say whether the transfers may all go with one packet."""
        ...

    def missing(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Return the transfers that may not go as things stand, in the order given."""
        ...


class Permitted:
    """The transfers that may go as things stand: under the known facts and the recorded consents."""

    def __init__(self, rules: HopRules) -> None:
        self.rules = rules
        self._may_go: dict[Transfer, bool] = {}

    @property
    def asked(self) -> tuple[Transfer, ...]:
        """Every transfer about which the rules were asked so far, as things stand."""
        return tuple(self._may_go)

    def ask(self, transfers: Sequence[Transfer]) -> None:
        """Ask the rules at once about transfers, and keep the answers."""
        if fresh := [transfer for transfer in transfers if transfer not in self._may_go]:
            self._may_go.update(zip(fresh, self.rules.may_send(fresh).tolist(), strict=True))

    def together(self, transfers: Sequence[Transfer]) -> bool:
        """Say whether the transfers may all go with one packet."""
        self.ask(transfers)
        return all(self._may_go[transfer] for transfer in transfers)

    def missing(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Return the transfers that may not go as things stand, in the order given."""
        self.ask(transfers)
        return [transfer for transfer in transfers if not self._may_go[transfer]]
