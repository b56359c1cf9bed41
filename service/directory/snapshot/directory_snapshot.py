"""A version of the directory, ready to answer from: pinned by a request, never changing under the request."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import policies
import routing
from routing.cached_property import cached_property
from service.database.unit_of_work import UnitOfWork
from service.directory.access import ROUTE, Operation, Ownership, Reader
from service.directory.store.capacity import UsualAnswers
from service.directory.store.records import PolicyDirectory, Presentation
from service.directory.store.repositories import CoalitionRepository
from service.garbage_collection import no_collection

LISTED = "public"


@dataclass(frozen=True)
class DirectorySnapshot:
    """Every part of an answer, read at the same directory version. Immutable; shared by every request."""

    snapshot: routing.Snapshot
    policy: PolicyDirectory
    names: Presentation
    rulebook: policies.Rulebook
    outside: DirectorySnapshot | None = None
    """The same version for those who may not know of unlisted organizations; None: there are none."""
    packs: tuple[str, ...] | None = None
    """The coalition's packs, where `rulebook` holds only the packs that count for a client; None: it holds them all."""
    card: policies.StateCard | None = None
    """The card of the state where the client is; None: no state is known."""
    viewers: tuple[str, ...] = ()
    """The organizations (slugs, known or not) that may all see what is in it; empty: the whole version."""

    usual_answers: Mapping[str, tuple[UsualAnswers, ...]] = field(default_factory=dict)
    """How soon services (slugs) answer, as of the last week that was counted."""

    @property
    def directory_version(self) -> int:
        """The version to tell the viewers, which rises only with what they see; the stored one for the whole."""
        return self.version_for(*self.viewers)

    def version_for(self, *organizations: str) -> int:
        """Return the version to tell organizations (slugs, known or not) of what all of them see. Pure."""
        if not organizations:
            return self.snapshot.version
        return self.names.seen.of(*organizations, members=all(self._reader(slug).member for slug in organizations))

    @property
    def state_law(self) -> bool:
        """Whether the rules hold the law of a state."""
        return any(map(policies.is_of_a_state, self.rulebook.names))

    def where(self, area: str | None) -> DirectorySnapshot:
        """Return the version with the rules and the card for a client in an area (code; None: not known). Pure.

        A state's pack and card count in the area of their code and within; for a client without a known area, only in a
        directory without areas outside the state. Asked of its own result, the last area counts.
        """
        snapshot, packs = self.snapshot, self.packs or self.rulebook.names
        places = list(snapshot.areas) if area is None else [area]
        around = frozenset(snapshot.areas).intersection(*map(snapshot.ancestors, places))
        counting = tuple(name for name in packs if not policies.is_of_a_state(name) or name in around)
        card = next((card for code, card in self.names.cards.items() if code in around), None)
        if counting == self.rulebook.names and card is self.card:
            return self
        return replace(self, rulebook=_rulebook(counting), packs=packs, card=card)

    def with_counts(self, counts: Mapping[str, tuple[routing.Capacity, ...]]) -> DirectorySnapshot:
        """Return the version with new counts of places for services (slugs). Pure."""
        outside = None if self.outside is None else self.outside.with_counts(counts)
        snapshot = routing.recount(self.snapshot, counts)
        same = snapshot is self.snapshot and outside is self.outside
        return self if same else replace(self, snapshot=snapshot, outside=outside)

    def with_answers(self, answers: Mapping[str, tuple[UsualAnswers, ...]]) -> DirectorySnapshot:
        """Return the version with new figures of how soon services (slugs) answer. Pure."""
        if answers == self.usual_answers:
            return self
        outside = None if self.outside is None else self.outside.with_answers(answers)
        return replace(self, usual_answers=answers, outside=outside)

    def sees_counts(self, reader: str, owner: str, at: datetime) -> bool:
        """Say whether a reader may see how many places are free at an owner's services (slugs), as of a moment. Pure.

        As `Resources.sees_counts` says it of the store.
        """
        index = self.snapshot.organization_index
        if not {reader, owner} <= index.keys():
            return False
        sees = self.snapshot.sees_counts(index[reader], at.astimezone(self.snapshot.zone).date())
        return bool(sees[index[owner]])

    def names_people(self, reader: str, owner: str, at: datetime) -> bool:
        """Say whether a reader may know who speaks for an organization (slugs), as of a moment. Pure.

        Itself, and members; of an unlisted or private one, members with an agreement in force with it.
        """
        views, day = self.names.organizations, at.astimezone(self.snapshot.zone).date()
        if reader == owner or reader not in views or views[reader].membership == "none":
            return reader == owner
        if views[owner].listed == LISTED and not views[owner].address_private:
            return True
        agreements = self.policy.agreements.values()
        return any({reader, owner} <= {*entry.between} and entry.is_in_force(day) for entry in agreements)

    def may_know_of(self, reader: str, organization: str) -> bool:
        """Say whether a reader may know that an organization (slugs) exists: listed openly, or a member reads. Pure."""
        listed = self.names.organizations[organization].listed == LISTED
        return listed or reader == organization or self._reader(reader).may(Operation.MEET, Ownership.UNLISTED)

    @cached_property
    def cuts(self) -> dict[frozenset[str], DirectorySnapshot]:
        """The version without the named organizations (slugs): kept once made, and gone with the version."""
        return {}

    @cached_property
    def results(self) -> dict[Hashable, Any]:
        """Results worked out from the version, to be asked for again; see `VisibleDirectory.once`."""
        return {}

    def seen_by(self, *organizations: str) -> DirectorySnapshot:
        """Return the version as each of `organizations` (slugs, known or not) may be led by it. Pure.

        For an unlisted organization without membership every unlisted service is absent, its own included.
        """
        viewers = tuple(dict.fromkeys(organizations))
        outsiders = {slug for slug in viewers if not self._reader(slug).may(Operation.MEET, Ownership.UNLISTED)}
        seen = self
        if self.outside is not None and outsiders:
            seen = self.outside
            if len(outsiders) == 1 and (own := outsiders & unlisted_in(self.names)):
                seen = replace(seen, names=names_without(self.names, unlisted_in(self.names) - own))
        snapshot = seen.snapshot if len(viewers) == 1 else seen.snapshot.for_viewers(viewers)
        return replace(seen, snapshot=snapshot, viewers=viewers)

    def acting_for(self, caller: str, name: str) -> tuple[DirectorySnapshot, str | None]:
        """Return what a caller (a slug) for an organization (an id or a slug) sees, and that organization's slug. Pure.

        The caller sees what both may see. An organization that the caller may not see is as one that does not exist:
        None, and the caller's own view.
        """
        own = self.seen_by(caller)
        organizations = own.names.organizations
        slug = (
            name if name in organizations else next((s for s, view in organizations.items() if view.id == name), None)
        )
        return own if slug is None else self.seen_by(caller, slug), slug

    def _reader(self, organization: str) -> Reader:
        view = self.names.organizations.get(organization)
        return Reader(organization, member=view is not None and view.membership != "none", scopes=frozenset({ROUTE}))


@no_collection()
def load_snapshot(unit_of_work: UnitOfWork) -> DirectorySnapshot:
    """Read the store once, as of a single moment, and build the parts of answers.

    Raises:
        NothingLoaded: the store holds no coalition.
        routing.DirectoryError: the records contradict each other.
        policies.PackError: the coalition's rule packs cannot be used.
    """
    with unit_of_work:
        stored = CoalitionRepository(unit_of_work).read_stored()
    whole = DirectorySnapshot(
        snapshot=routing.build_snapshot(stored.directory),
        policy=stored.policy,
        names=stored.names,
        rulebook=_rulebook(stored.names.packs),
    )
    unlisted = unlisted_in(stored.names)
    return replace(whole, outside=without(whole, unlisted)) if unlisted else whole


def read_names(unit_of_work: UnitOfWork) -> Presentation:
    """Return the names of the stored coalition, its rule packs among them, without building a version.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    with unit_of_work:
        return CoalitionRepository(unit_of_work).read_stored().names


def without(whole: DirectorySnapshot, unlisted: frozenset[str]) -> DirectorySnapshot:
    """Return a version in which no path leads to the organizations, and no word names the organizations. Pure."""
    hidden = frozenset(service.slug for service in whole.snapshot.services if service.organization in unlisted)
    return replace(
        whole,
        snapshot=routing.patch(whole.snapshot, routing.Changes(version=whole.snapshot.version, gone_services=hidden)),
        names=names_without(whole.names, unlisted),
    )


def unlisted_in(names: Presentation) -> frozenset[str]:
    """Return the organizations that are not listed to all."""
    return frozenset(slug for slug, view in names.organizations.items() if view.listed != LISTED)


def names_without(names: Presentation, hidden: frozenset[str]) -> Presentation:
    """Return names without those of some organizations. Pure."""
    organizations = {
        slug: replace(view, parent=None) if view.parent in hidden else view
        for slug, view in names.organizations.items()
        if slug not in hidden
    }
    services = {slug: view for slug, view in names.services.items() if view.organization not in hidden}
    return replace(names, organizations=organizations, services=services)


@lru_cache(maxsize=8)
def _rulebook(packs: tuple[str, ...]) -> policies.Rulebook:
    """Compile a choice of packs once a process: packs change with the program, not with the directory."""
    return policies.load_rulebook(packs)
