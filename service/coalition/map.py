"""The map: possible hand-offs between agencies, their closeness, and agencies whose loss cuts off a need or an area.

The map shows agencies with a declaration, and the parties of agreements with their houses; an organization known from
an import alone meets needs, and has no place on the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

import policies
import routing
from routing.kept import cached_property
from service.coalition.sight import VisibleDirectory
from service.serving.sharing import Sharing
from service.wording import coalition

Document = dict[str, Any]
_YEARS = ((policies.ADULT_AGE, routing.OLDEST), (0, policies.ADULT_AGE - 1))


@dataclass(frozen=True)
class Map:
    """The map in a reader's view, at a moment (aware). `type`: hand-offs for a single need."""

    sight: VisibleDirectory
    at: datetime
    type: str | None = None

    def __post_init__(self) -> None:
        """Refuse filters absent from the directory.

        Raises:
            FilterRefused: the type is unknown.
        """
        self.sight.require(type=self.type)

    @cached_property
    def organizations(self) -> tuple[str, ...]:
        """The organizations on the map, by slug."""
        views, snapshot = self.sight.organizations, self.sight.snapshot
        told = {slug for slug, view in views.items() if view.kind is not None}
        told |= {slug for agreement in self.sight.agreements for slug in agreement.between}
        house = snapshot.organization_columns.house
        index = snapshot.organization_index
        houses = {int(house[index[slug]]) for slug in told}
        return tuple(sorted(slug for slug in views if slug in told or int(house[index[slug]]) in houses))

    @cached_property
    def graph(self) -> routing.HandOffGraph:
        """The graph of routing's hand-offs; the same for a whole day."""
        types = None if self.type is None else frozenset({self.type})
        return self.sight.once(
            ("map", self.sight.today(self.at), self.type),
            lambda: routing.HandOffGraph(self.sight.snapshot, self.at, _Fullest.of(self), self.organizations, types),
        )

    def document(self) -> Document:
        """Return the answer in the contract's form."""
        views = self.sight.organizations
        return {
            "directory_version": self.sight.snapshot.version,
            "organizations": [
                {name: getattr(views[slug], name) for name in ("slug", "name", "kind", "basis")}
                for slug in self.organizations
            ],
            "edges": [
                {"from": one.holder, "to": one.organization, "relationship": one.relationship, "types": [*one.types]}
                for one in self.graph.hand_offs
            ],
            "single_points": [
                {
                    "organization": point.organization,
                    "lost": [{"type": service_type, "area": area} for service_type, area in point.lost],
                    "cuts_off": [*point.cuts_off],
                    "plain": self.explain(point),
                }
                for point in self.graph.single_points
            ],
        }

    def explain(self, point: routing.SinglePoint) -> str:
        """Return the losses without an organization, as a sentence."""
        areas: dict[str, list[str]] = {}
        for service_type, area in point.lost:
            areas.setdefault(service_type, []).append(area)
        needs: dict[str, list[str]] = {}
        for service_type, codes in areas.items():
            needs.setdefault(self._where(codes), []).append(self.sight.type_name(service_type))
        cut_off = [self.sight.name(slug) for slug in point.cuts_off]
        return coalition.without(self.sight.name(point.organization), needs, cut_off)

    def _where(self, codes: Sequence[str]) -> str:
        """Return areas in words: a whole area by its own name alone, everywhere as an empty text."""
        tree, lost = self.sight.snapshot.area_tree, set(codes)
        if lost == set(self.sight.areas):
            return ""
        numbers = list(tree.index)
        whole = [one for one in codes if lost.issuperset(numbers[n] for n in tree.within(one).tolist())]
        outer = [one for one in whole if self.sight.snapshot.areas[one].within not in whole]
        names = [self.sight.area_name(one) for one in outer or codes]
        return (coalition.IN_AREAS if outer else coalition.IN_WHOLE).format(areas=", ".join(names))


@dataclass(frozen=True)
class _Fullest:
    """The rules with every consent of lawful signers given, for a client; plays `HopRules`."""

    sharing: Sharing
    known: Sharing

    @classmethod
    def of(cls, found: Map) -> _Fullest:
        served, case = found.sight.served, policies.Case(today=found.sight.today(found.at))
        known = replace(case, guardian="safe_parent", may_sign_alone=True, emancipated=True)
        return cls(*(Sharing(served.rulebook, served.policy, one) for one in (case, known)))

    def may_send(self, transfers: Any) -> NDArray[np.bool_]:
        """Return whether each transfer could go for some client; most could for one about whom all is known."""
        found = np.zeros(len(transfers), dtype=np.bool_)
        for sharing, ages in ((self.known, _YEARS[0]), *((self.sharing, ages) for ages in _YEARS)):
            left = np.flatnonzero(~found)
            if len(left):
                found[left] = sharing.could_send([transfers[place] for place in left.tolist()], ages).any(axis=0)
        return found

    def hindrances(self, transfer: routing.Transfer) -> frozenset[str]:
        return frozenset() if self.may_send([transfer]).all() else frozenset({"consent"})

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset()
