"""The map: possible hand-offs between agencies, their closeness, and agencies whose loss cuts off a need or an area.

The map shows agencies with a declaration, and the parties of agreements with their houses; an organization known from
an import alone meets needs, and has no place on the map. Beyond `MOST_AGENCIES` the map is of groups, and shows the
agencies of a part alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

import policies
import routing
from policies.messages import joined
from routing.cached_property import cached_property
from service import vocabulary
from service.coalition.map_graph import find_cut_off, lines
from service.coalition.map_groups import Group, count_groups, groups_of, within
from service.coalition.svg import Say, printable
from service.coalition.visible_directory import VisibleDirectory
from service.directory.snapshot.sharing import Sharing
from service.errors import FilterRefused, Problem
from service.i18n import coalition, codes, refusals

Document = dict[str, Any]
MOST_AGENCIES, MOST_IN_PART = 200, 100
"""Agencies that a map shows each, at most: of a whole coalition, and of a part of a larger one."""
MOST_POINTS, MOST_LOST = 50, 20_000
"""Agencies that a large map names as single points, and entries that are listed as lost without them, at most."""
_YEARS = ((policies.ADULT_AGE, routing.OLDEST), (0, policies.ADULT_AGE - 1))


class MapFindings(NamedTuple):
    """What is kept about every agency: far less than all hand-offs."""

    hand_offs: tuple[routing.HandOff, ...]
    pairs: tuple[tuple[int, int, str, int], ...]
    points: tuple[routing.SinglePoint, ...]


@dataclass(frozen=True)
class Map:
    """The map in a reader's view, at a moment (aware). `type`: hand-offs for a single need.

    `of`: a part, as `kind:health`, `area:travis` or `organization:harbor-house`, the last with all that it hands over
    to or from.
    """

    visible: VisibleDirectory
    at: datetime
    type: str | None = None
    of: str | None = None

    def __post_init__(self) -> None:
        """Refuse filters absent from the directory.

        Raises:
            FilterRefused: the type, or the part, is unknown.
        """
        self.visible.require(type=self.type)
        part, _, name = (self.of or "").partition(":")
        names_of_parts = {
            "kind": vocabulary.KINDS,
            "area": self.visible.snapshot.areas,
            "organization": self.all_organizations,
            "": ("",),
        }
        if name not in names_of_parts.get(part, ()):
            raise FilterRefused(Problem("of", refusals.NO_PART_OF_MAP))

    @cached_property
    def all_organizations(self) -> tuple[str, ...]:
        """The organizations that belong on the map, by slug."""
        views, snapshot = self.visible.organizations, self.visible.snapshot
        slugs = {slug for slug, view in views.items() if view.kind is not None}
        slugs |= {slug for agreement in self.visible.agreements for slug in agreement.between}
        family = snapshot.organization_columns.family
        index = snapshot.organization_index
        families = {int(family[index[slug]]) for slug in slugs}
        return tuple(sorted(slug for slug in views if slug in slugs or int(family[index[slug]]) in families))

    @property
    def is_large(self) -> bool:
        """Whether the agencies are too many to show each."""
        return len(self.all_organizations) > MOST_AGENCIES

    @cached_property
    def organizations(self) -> tuple[str, ...]:
        """The organizations shown, by slug: none on a large map, and the first of a large part."""
        return tuple(sorted(self._part[: MOST_IN_PART if self.is_large else MOST_AGENCIES]))

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The map itself, as `map_graph` describes it: the organizations or groups shown, and their hand-offs."""
        views, points = self.visible.organizations, {point.organization for point in self.points}
        graph = nx.DiGraph(directory_version=self.visible.version, complete=not self.left_out[0])
        for slug in self.organizations:
            known = {name: getattr(views[slug], name) for name in ("kind", "basis")}
            graph.add_node(slug, name=printable(views[slug].name), single_point=slug in points, **_without_none(known))
        for number, (group, count) in enumerate(self.groups.items()):
            graph.add_node(str(number), organizations=count, **_without_none(group._asdict()))
        for hand_off in self._hand_offs:
            graph.add_edge(hand_off.holder, hand_off.organization, **{hand_off.relationship: " ".join(hand_off.types)})
        for giving, taking, relationship, pairs in self._findings.pairs if self.groups else ():
            graph.add_edge(str(giving), str(taking), **{relationship: pairs})
        for _, _, data in graph.edges(data=True):
            data["relationship"] = next(name for name in routing.RELATIONSHIPS if name in data)
        return graph

    @property
    def _hand_offs(self) -> tuple[routing.HandOff, ...]:
        """The hand-offs between organizations shown; of an organization's part, its own."""
        part, _, name = (self.of or "").partition(":")
        if self.is_large:
            hand_offs = self._graph(self.organizations).hand_offs if self.organizations else ()
        else:
            hand_offs = self._findings.hand_offs
        slugs = frozenset(self.organizations)
        return tuple(
            hand_off
            for hand_off in hand_offs
            if hand_off.holder in slugs
            and hand_off.organization in slugs
            and (part != "organization" or name in (hand_off.holder, hand_off.organization))
        )

    @cached_property
    def points(self) -> tuple[routing.SinglePoint, ...]:
        """The single points among the organizations shown, by slug; on a large map those without whom most is lost."""
        if self.of is not None:
            return tuple(point for point in self._findings.points if point.organization in self.organizations)
        if not self.is_large:
            return self._findings.points
        worst = sorted(self._findings.points, key=lambda point: (-_weight(point), point.organization))[:MOST_POINTS]
        entries = accumulate(map(_weight, worst))
        return tuple(sorted(point for point, needs_lost in zip(worst, entries, strict=True) if needs_lost <= MOST_LOST))

    @cached_property
    def groups(self) -> dict[Group, int]:
        """The groups of a large map, in order, with the number of organizations in each."""
        return count_groups(self._groups) if self.is_large and self.of is None else {}

    @property
    def left_out(self) -> tuple[int, int]:
        """The numbers of organizations and of single points that belong here and are not shown."""
        if self.groups:
            return len(self.all_organizations), len(self._findings.points) - len(self.points)
        return len(self._part) - len(self.organizations), 0

    @cached_property
    def hand_off_graph(self) -> routing.HandOffGraph:
        """Routing's hand-offs between every two agencies, of which a large map shows a part."""
        return self._graph(self.all_organizations, asks_rules=not self.is_large)

    def document(self) -> Document:
        """Return the answer as a JSON document."""
        views, (organizations, points) = self.visible.organizations, self.left_out
        edges = [*lines(self.graph)]
        return {
            "directory_version": self.visible.version,
            "organizations": [
                {name: getattr(views[slug], name) for name in ("slug", "name", "kind", "basis")}
                for slug in self.organizations
            ],
            "edges": [
                {"from": holder, "to": recipient, "relationship": relationship, "types": types.split()}
                for holder, recipient, relationship, types in edges
                if not self.groups
            ],
            "single_points": [
                {
                    "organization": point.organization,
                    "lost": [{"type": service_type, "area": area} for service_type, area in point.lost],
                    "cuts_off": [*point.cuts_off],
                    "plain": self.explain(point),
                }
                for point in self.points
            ],
            "groups": [{**group._asdict(), "organizations": count} for group, count in self.groups.items()],
            "group_edges": [
                {"from": int(giving), "to": int(taking), "relationship": relationship, "pairs": pairs}
                for giving, taking, relationship, pairs in edges
                if self.groups
            ],
            "complete": not organizations,
            "left_out": {"organizations": organizations, "single_points": points},
            "plain": self.plain,
        }

    @property
    def plain(self) -> str | None:
        """What is not shown, in words; None: all is."""
        organizations, _ = self.left_out
        if self.groups:
            return coalition.GROUPED.format(count=organizations)
        return coalition.PART_LEFT_OUT.format(count=organizations) if organizations else None

    def is_community(self, group: Group) -> bool:
        """Say whether most agencies of a group are of the community."""
        slugs = [slug for slug, group_of_slug in self._groups.items() if group_of_slug == group]
        return 2 * sum(self.visible.organizations[slug].basis == "community" for slug in slugs) > len(slugs)

    def group_name(self, group: Group, say: Say = str) -> str:
        """Return how people call a group, in the words of `say`."""
        kind = coalition.NO_KIND if group.kind is None else codes.word("kinds", group.kind)
        return say(kind if group.area is None else joined([kind, self.visible.area_name(group.area)], ", "))

    @cached_property
    def _part(self) -> list[str]:
        """The organizations asked for; the closest first, where they are those around one."""
        part, _, name = (self.of or "").partition(":")
        match part:
            case "kind":
                return [slug for slug in self.all_organizations if self.visible.organizations[slug].kind == name]
            case "area":
                areas = within(self.visible.snapshot, name)
                return [slug for slug in self.all_organizations if slug in areas]
            case "organization":
                return [name, *self.hand_off_graph.partners(name)]
        return [] if self.is_large else [*self.all_organizations]

    @cached_property
    def _groups(self) -> dict[str, Group]:
        return groups_of(
            self.visible.snapshot, {slug: self.visible.organizations[slug].kind for slug in self.all_organizations}
        )

    @cached_property
    def _findings(self) -> MapFindings:
        """The findings about every agency, kept for a whole day, on which they are the same."""
        return self.visible.once(("map", self.visible.today(self.at), self.type), self._find)

    def _find(self) -> MapFindings:
        if not self.is_large:
            return MapFindings(self.hand_off_graph.hand_offs, (), self._single_points())
        place = {group: number for number, group in enumerate(count_groups(self._groups))}
        index = self.visible.snapshot.organization_index
        numbers = [place[self._groups[slug]] for slug in sorted(self.all_organizations, key=index.__getitem__)]
        return MapFindings((), tuple(sorted(self.hand_off_graph.count_pairs(numbers))), self._single_points())

    def _single_points(self) -> tuple[routing.SinglePoint, ...]:
        """Return those without whom something is out of reach, or whose loss takes the graph apart, by slug."""
        found = {point.organization: point for point in self.hand_off_graph.single_points}
        apart = find_cut_off(self.hand_off_graph.backbone)
        points = (found.get(slug, routing.SinglePoint(slug, (), ())) for slug in sorted({*found, *apart}))
        return tuple(
            point._replace(cuts_off=tuple(sorted({*point.cuts_off, *apart.get(point.organization, ())})))
            for point in points
        )

    def _graph(self, nodes: tuple[str, ...], *, asks_rules: bool = True) -> routing.HandOffGraph:
        types = None if self.type is None else frozenset({self.type})
        return routing.HandOffGraph(self.visible.snapshot, self.at, _Fullest.of(self), nodes, types, asks_rules)

    def explain(self, point: routing.SinglePoint) -> str:
        """Return the losses without an organization, as a sentence."""
        areas: dict[str, list[str]] = {}
        for service_type, area in point.lost:
            areas.setdefault(service_type, []).append(area)
        needs: dict[str, list[str]] = {}
        for service_type, areas_of_need in areas.items():
            needs.setdefault(self._areas_in_words(areas_of_need), []).append(self.visible.type_name(service_type))
        cut_off = [self.visible.name(slug) for slug in point.cuts_off]
        return coalition.without(self.visible.name(point.organization), needs, cut_off)

    def _areas_in_words(self, codes: Sequence[str]) -> str:
        """Return areas in words: a whole area by its own name alone, everywhere as an empty text."""
        tree, areas = self.visible.snapshot.area_tree, set(codes)
        if areas == set(self.visible.areas):
            return ""
        numbers = list(tree.index)
        whole = [code for code in codes if areas.issuperset(numbers[n] for n in tree.within(code).tolist())]
        outer = [code for code in whole if self.visible.snapshot.areas[code].within not in whole]
        names = [self.visible.area_name(code) for code in outer or codes]
        return (coalition.IN_AREAS if outer else coalition.IN_WHOLE).format(areas=joined(names, ", "))


def _without_none(attributes: Document) -> Document:
    return {name: value for name, value in attributes.items() if value is not None}


def _weight(point: routing.SinglePoint) -> int:
    return len(point.lost) + len(point.cuts_off)


@dataclass(frozen=True)
class _Fullest:
    """The rules with every consent of lawful signers given, for a client; plays `HopRules`."""

    sharing: Sharing
    about_known_client: Sharing

    @classmethod
    def of(cls, coalition_map: Map) -> _Fullest:
        visible = coalition_map.visible
        directory, case = visible.directory, policies.Case(today=visible.today(coalition_map.at))
        about_known_client = replace(case, guardian="safe_parent", may_sign_alone=True, emancipated=True)
        return cls(*(Sharing(directory.rulebook, directory.policy, facts) for facts in (case, about_known_client)))

    def may_send(self, transfers: Any) -> NDArray[np.bool_]:
        """Return whether each transfer could go for some client; most could for one about whom all is known."""
        may_go = np.zeros(len(transfers), dtype=np.bool_)
        for sharing, ages in ((self.about_known_client, _YEARS[0]), *((self.sharing, ages) for ages in _YEARS)):
            refused = np.flatnonzero(~may_go)
            if len(refused):
                may_go[refused] = sharing.could_send([transfers[place] for place in refused.tolist()], ages).any(axis=0)
        return may_go

    def only_by_consent(self) -> frozenset[str]:
        """Return the classes of data that go by consent alone: none, since every consent is supposed."""
        return frozenset()

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset()
