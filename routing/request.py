"""One request: the question, the directory, the rules, and the results of the request so far."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Self

from routing.budget import IsExpired, never
from routing.client.scenario import Scenario
from routing.directory.moment import Moment
from routing.directory.snapshot import Snapshot
from routing.handoffs.hops import Hops
from routing.model import Profile
from routing.ports import AskRules, ReasonRules, Transfer
from routing.search.ranked_path import RankedPath

PARTS = frozenset({"instead", "later", "conditional"})
"""The parts of an answer beside its paths that take a search of their own."""


@dataclass(kw_only=True, eq=False)
class Request:
    """A needs profile, the snapshot to search, and the rules. One thread at a time.

    The questions about one request, and its variants (`but`), share its moment. With `asks`, conditional paths are
    searched as well. The first path, and what follows from it, is guaranteed: `is_expired` ends everything else,
    `past_hard_deadline` everything.
    """

    snapshot: Snapshot = field(kw_only=False)
    profile: Profile = field(kw_only=False)
    rules: ReasonRules
    asks: AskRules | None = None
    parts: frozenset[str] = PARTS
    is_expired: IsExpired = never
    past_hard_deadline: IsExpired = never
    moment: Moment = field(init=False)
    best: tuple[Hops, RankedPath | None] | None = field(default=None, init=False)
    """The hops as things stand, and the best path by them (`None` without a path), once that is proven."""
    searched: tuple[Profile, Sequence[Transfer]] | None = field(default=None, init=False)
    """A profile for which all paths were found, and the transfers that the rules were asked about for it."""

    def __post_init__(self) -> None:
        self.moment = Moment(self.snapshot, self.profile.at)

    def but(
        self,
        *,
        profile: Profile | None = None,
        rules: ReasonRules | None = None,
        is_expired: IsExpired | None = None,
        past_hard_deadline: IsExpired | None = None,
    ) -> Self:
        """Return a variant of the request at the same moment, with what is given in its place."""
        variant = copy(self)
        variant.profile, variant.rules = profile or self.profile, rules or self.rules
        variant.is_expired, variant.past_hard_deadline = (
            is_expired or self.is_expired,
            past_hard_deadline or self.past_hard_deadline,
        )
        if profile or rules:
            variant.best = None
        return variant

    def scenario(self) -> Scenario:
        """Return the request under the known facts, with no supposition; raises as `Scenario`."""
        return Scenario(self.snapshot, self.profile, earlier=self.moment)
