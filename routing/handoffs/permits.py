"""Which transfers may go: the rules' answers, each transfer asked about once in a request."""

from __future__ import annotations

from collections.abc import Sequence

from routing.ports import HopRules, Transfer


class Permits:
    """The transfers that may go as things stand: under the known facts and the recorded consents."""

    def __init__(self, rules: HopRules) -> None:
        self.rules = rules
        self.may_go: dict[Transfer, bool] = {}

    @property
    def asked(self) -> tuple[Transfer, ...]:
        """Every transfer about which the rules were asked so far, as things stand."""
        return tuple(self.may_go)

    def look_up(self, transfers: Sequence[Transfer]) -> None:
        """Ask the rules about many transfers at once, so that later questions about these find the answers."""
        if fresh := [transfer for transfer in dict.fromkeys(transfers) if transfer not in self.may_go]:
            self.may_go.update(zip(fresh, self.rules.may_send(fresh).tolist(), strict=True))

    def together(self, transfers: Sequence[Transfer]) -> bool:
        """Say whether the transfers may all go with one packet."""
        return not self.missing(transfers)

    def missing(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Return the transfers that may not go as things stand, in the order given."""
        Permits.look_up(self, transfers)
        return [transfer for transfer in transfers if not self.may_go[transfer]]
