"""The figures that a coalition looks at first: needs that nobody meets, agencies that all hangs on, and due items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.coalition.coverage import Coverage
from service.coalition.due_items import OVERDUE, SOON, DueItems
from service.coalition.map import Map


@dataclass(frozen=True)
class Figures:
    """The figures in a reader's view, of a whole coalition. `due`: at least all of the next thirty days."""

    coverage: Coverage
    map: Map
    due: DueItems

    def document(self) -> dict[str, Any]:
        """Return the answer as documented."""
        states = [self.due.state_of(item) for item in self.due.items()]
        return {
            "directory_version": self.coverage.visible.version,
            "without_help": self.coverage.types_without_service(),
            "single_points": len(self.map.points) + self.map.left_out[1],
            "due": {state: states.count(state) for state in (OVERDUE, SOON)},
        }
