"""One request: the question, the directory, the rules, and the results of the request so far."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Self

from routing.budget import OutOfTime, never
from routing.client.scenario import Scenario
from routing.directory.moment import Moment
from routing.directory.snapshot import Snapshot
from routing.handoffs.hops import Hops
from routing.model import Profile
from routing.ports import AskRules, HopRules, Transfer
from routing.search.ranked_path import RankedPath

PARTS = frozenset({"instead", "later", "conditional"})
"""The parts of an answer beside its paths that take a search of their own."""


class Request:
    """A needs profile, the snapshot to search, and the rules. One thread at a time.

    `find_paths`, `list_paths`, `find_unknowns` and `Outlook` of one request, and of its variants (`but`), share its
    moment: hours, room and distances. With `asks`, conditional paths are searched as well. `parts`: the parts (of
    `PARTS`) to search for. `out_of_time` says when to stop looking for more than is owed: the first path and what leads
    from it; `owed_until` when to stop even that.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        profile: Profile,
        *,
        rules: HopRules,
        asks: AskRules | None = None,
        parts: frozenset[str] = PARTS,
        out_of_time: OutOfTime = never,
        owed_until: OutOfTime = never,
    ) -> None:
        self.owed_until = owed_until
        self.snapshot, self.profile, self.asks, self.out_of_time = snapshot, profile, asks, out_of_time
        self.rules, self.parts = rules, parts
        self.moment = Moment(snapshot, profile.at)
        self.best: tuple[Hops, RankedPath | None] | None = None
        """The hops as things stand, and the best path by them (`None` without a path), once that is proven."""
        self.searched: tuple[Profile, Sequence[Transfer]] | None = None
        """A profile for which all paths were found, and the transfers that the rules were asked about for it."""

    def but(
        self,
        *,
        profile: Profile | None = None,
        rules: HopRules | None = None,
        out_of_time: OutOfTime | None = None,
        owed_until: OutOfTime | None = None,
    ) -> Self:
        """Return a variant of the request at the same moment."""
        variant = copy(self)
        if profile is not None or rules is not None:
            variant.best = None
        variant.profile = self.profile if profile is None else profile
        variant.rules = self.rules if rules is None else rules
        variant.out_of_time = self.out_of_time if out_of_time is None else out_of_time
        variant.owed_until = self.owed_until if owed_until is None else owed_until
        return variant

    def scenario(self) -> Scenario:
        """Return the request under the known facts, with no supposition.

        Raises:
            UnknownOrganization: the origin is not in the snapshot.
            ValueError: a variant's profile is of another moment.
        """
        return Scenario(self.snapshot, self.profile, earlier=self.moment)
