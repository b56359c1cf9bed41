"""Find paths for several clients at once: each client's own list, then one path for each person of the group.

The work comes in pieces, each short enough for a turn: the list of each client, the choice, the answer about each.
Alike clients are searched once. A group is answered and forgotten; no part is kept or logged.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from uuid import uuid4

import routing
from service.answers.builder import GroupMember, GroupWriter, SheetWriter, build_answer, with_reports, write_paths
from service.answers.profile import GroupProfile, NeedsProfile, ResolvedProfile, resolve, within_client
from service.answers.schemas.answer import AnswerDocument, SheetItem
from service.answers.schemas.group import GroupAnswerDocument
from service.answers.schemas.paths import Path, Step
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.errors import Problem, ProfileRefused
from service.i18n import refusals
from service.time_budget import HARD_DEADLINE_MS, SharedTime, later, sooner, starting_now

BEDS = (None, "bed")
MOST_LISTS, MOST_ANSWERS = 4, 3
"""How many searches' time a whole group has for its lists, and for the answers about its clients; the choice has one.

Together two seconds of processor time where a search has 250 ms, however many clients there are.
"""
GUARANTEED_MS = 250
"""What a search of a group counts for in the guaranteed part: first paths, and what to do first."""


@dataclass(frozen=True)
class _Search:
    """The search for one client, or alike ones: the question, the rules, and the paths with their documents.

    `in_time`: whether time sufficed for the whole list.
    """

    directory: DirectorySnapshot
    question: ResolvedProfile
    sharing: Sharing
    candidates: routing.Candidates
    documents: Sequence[Path]
    in_time: bool

    @property
    def people(self) -> int:
        return 1 + len(self.question.profile.client.companions)


@dataclass
class GroupSearch:
    """One group, from its clients' profiles to its answer. `directory`: the directory as seen by the origin.

    `profiles`: of one client of each entry, in order, with consents settled; `at`: the moment of the decision; `clock`
    counts seconds of processor, for a group that is held while others have their turn is to be whole all the same.
    `guaranteed_ms`: of one search, where the caller's time is shorter.
    """

    directory: DirectorySnapshot
    group: GroupProfile
    profiles: Sequence[NeedsProfile]
    now: datetime
    new_id: Callable[[], str] = lambda: str(uuid4())
    clock: Callable[[], float] = time.thread_time
    guaranteed_ms: float = GUARANTEED_MS
    _searches: dict[int, _Search] = field(default_factory=dict)
    _answers: dict[tuple[int, tuple[int, ...]], AnswerDocument] = field(default_factory=dict)
    _sheets: dict[tuple[int, tuple[int, ...]], list[list[SheetItem]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.at = (self.group.at or self.now).astimezone(self.directory.snapshot.zone)
        slugs = {name: slug for slug, view in self.directory.names.services.items() for name in (slug, view.id)}
        self._promises = [(place.key, slugs[place.service], place.count) for place in self.group.taken]
        alike: list[tuple[NeedsProfile, frozenset[str]]] = []
        self._of_entry: list[int] = []
        for entry, profile in zip(self.group.clients, self.profiles, strict=True):
            client = profile, frozenset(slug for key, slug, _ in self._promises if key == entry.key)
            if client not in alike:
                alike.append(client)
            self._of_entry.append(alike.index(client))
        self._alike = alike
        self._list_time = SharedTime(min(len(alike), MOST_LISTS), clock=self.clock)
        self._first_path_time = SharedTime(MOST_LISTS, clock=self.clock)
        self._answer_time = SharedTime(MOST_ANSWERS, clock=self.clock)

    def searches(self) -> Iterator[Callable[[float], None]]:
        """Yield the search of each client, alike ones once: to be called in order, with the milliseconds of a search.

        They share the time: what one leaves is the next one's. A list that time cut short is searched anew, for as long
        as at least twice the time is left for it.
        """
        numbers, share = [*range(len(self._alike))], 0.0
        while numbers and self._list_time.left >= 2 * share * len(numbers):
            share = self._list_time.left / len(numbers)
            for position, number in enumerate(numbers):
                yield partial(self._search, number, 1 / (len(numbers) - position))
            numbers = [number for number in numbers if not self._searches[number].in_time]

    def _search(self, number: int, part: float, budget_ms: float) -> None:
        """List the paths of a client. What a service promised stands, whatever its count says by now.

        Raises:
            ProfileRefused: the profile names an entry absent from the directory.
            routing.SearchDefect: the search contradicts itself; no answer is given.
        """
        profile, services = self._alike[number]
        # In a large group the first paths of all clients come before further paths of anyone.
        list_part = part * min(1, MOST_LISTS / len(self._alike))
        guaranteed = self._first_path_time.part(part, self.guaranteed_ms, least_ms=self.guaranteed_ms)
        with self._list_time.part(list_part, budget_ms) as is_expired, guaranteed as past_hard_deadline:
            with within_client(self._of_entry.index(number)):
                question = resolve(profile, self.directory.names, self.directory.policy.equivalent_forms, at=self.at)
            directory = self.directory.with_counts(dict.fromkeys(services, ())).where(question.profile.client.area)
            question = with_reports(directory, question)
            sharing = Sharing(directory.rulebook, directory.policy, question.case)
            request = routing.Request(
                directory.snapshot,
                question.profile,
                rules=sharing,
                asks=sharing,
                is_expired=is_expired,
                past_hard_deadline=later(is_expired, past_hard_deadline),
            )
            candidates = routing.list_candidates(request, sorted(services))
            lawful_paths = write_paths(directory, question, sharing, candidates.paths)
        in_time, documents = candidates.complete, [document for _, document in lawful_paths]
        complete = in_time and len(lawful_paths) == len(candidates.paths)
        candidates = replace(candidates, paths=tuple(path for path, _ in lawful_paths), complete=complete)
        earlier = self._searches.get(number)
        if earlier is None or len(earlier.documents) <= len(documents):  # the time may be too short to get as far again
            self._searches[number] = _Search(directory, question, sharing, candidates, documents, in_time)

    def choose(self, budget_ms: float) -> None:
        """Choose a path for each person: the best for all together, with no counted place promised twice.

        Raises:
            ProfileRefused: what was promised is on no path of its client.
        """
        promised_counts = self._promised_counts()
        clients = tuple(
            routing.GroupClient(
                entry.key,
                entry.count,
                self._searches[number].candidates.options,
                self._searches[number].people,
                promised_counts.get(entry.key, {}),
            )
            for entry, number in zip(self.group.clients, self._of_entry, strict=True)
        )
        self._group = routing.GroupChoice(
            clients,
            self._places(clients),
            frozenset(service for _, service, _ in self._promises),
            tuple((first, second) for first, second in self.group.apart),
        )
        self._assignment = self._group.assign(starting_now(budget_ms * max(1, self._list_time.left), clock=self.clock))

    def _promised_counts(self) -> dict[str, dict[int, int]]:
        by_service: dict[str, Counter[int]] = {}
        of_key = dict(zip((entry.key for entry in self.group.clients), self._of_entry, strict=True))
        for number, (key, service, count) in enumerate(self._promises):
            options = self._searches[of_key[key]].candidates.options
            place = next((place for place, option in enumerate(options) if service in option.services), None)
            if place is None:
                raise ProfileRefused((Problem(f"/taken/{number}/service", refusals.NO_WAY_THERE),))
            by_service.setdefault(key, Counter())[place] += count
        return {key: dict(counts) for key, counts in by_service.items()}

    def _places(self, clients: Sequence[routing.GroupClient]) -> dict[str, int]:
        """Return how many people the services on the clients' paths may take, where the origin may see the count."""
        stays = {service for client in clients for option in client.options for service in option.stays}
        return {slug: free for slug in sorted(stays) if (free := self._beds(slug)) is not None}

    def _beds(self, slug: str) -> int | None:
        """Return the free beds of a service by its last count; None: not for the origin to see, or not known.

        Places in another unit, or uncounted, are for the service to give: then its beds alone limit nobody.
        """
        snapshot = self.directory.snapshot
        service, origin = snapshot.service(slug), self._searches[0].question.profile.origin
        if not self.directory.sees_counts(origin, service.organization, self.at):
            return None
        fresh = [capacity for capacity in service.capacities if routing.is_fresh(capacity, self.at)]
        beds = [capacity.available for capacity in fresh if capacity.unit in BEDS and capacity.available is not None]
        other_counts = [
            capacity
            for capacity in service.capacities
            if capacity not in fresh or (capacity.unit not in BEDS and capacity.available != 0)
        ]
        return None if other_counts or not beds else max(beds)

    def answers(self) -> Iterator[Callable[[routing.IsExpired, int | None], None]]:
        """Yield the work of each answer about a client, alike clients with alike paths once: to be done in order.

        They share what is guaranteed for them: what one leaves is the next one's.
        """
        choices = [self._choice_of(place) for place in range(len(self._of_entry))]
        works = [place for place, choice in enumerate(choices) if choice not in choices[:place]]
        for position, place in enumerate(works):
            yield partial(self._answer, place, 1 / (len(works) - position))

    def _choice_of(self, place: int) -> tuple[int, tuple[int, ...]]:
        counts = self._assignment.counts[place]
        return self._of_entry[place], tuple(number for number, count in enumerate(counts) if count)

    def _answer(self, place: int, part: float, is_expired: routing.IsExpired, within_ms: int | None = None) -> None:
        number, options = choice = self._choice_of(place)
        search = self._searches[number]
        paths = [search.candidates.paths[at] if at < len(search.candidates.paths) else None for at in options]
        with self._answer_time.part(part, self.guaranteed_ms) as past_hard_deadline:
            is_expired = sooner(is_expired, past_hard_deadline)
            request = search.candidates.request.but(is_expired=is_expired, past_hard_deadline=past_hard_deadline)
            answer = replace(search.candidates, request=request).answer(paths, self._full_services(search.people))
            if within_ms is not None:
                request = request.but(is_expired=sooner(is_expired, starting_now(within_ms)))
            self._answers[choice] = build_answer(
                search.directory, search.question, search.sharing, answer, request, new_id=lambda: ""
            )
        documents = [[search.documents[at]] if at < len(search.documents) else [] for at in options]
        self._sheets[choice] = [
            SheetWriter(
                search.directory, search.question, {**self._answers[choice], "paths": path}, answer.pressing
            ).write()
            for path in documents
        ]

    def _full_services(self, people: int) -> frozenset[str]:
        """Return the services (slugs) that have no place left for so many who stay together."""
        return self._group.closed | {
            slug for slug, free in self._group.free_places(self._assignment).items() if free < people
        }

    def document(self) -> GroupAnswerDocument:
        """Return the answer to the group as documented, ready for JSON."""
        members = [self._member(place) for place in range(len(self._of_entry))]
        complete = self._assignment.complete and all(search.candidates.complete for search in self._searches.values())
        complete &= all(answer["complete"]["paths"] and answer["complete"]["near"] for answer in self._answers.values())
        passed_over = self._group.passed_over(self._assignment)
        writer = GroupWriter(self.directory, members, frozenset(self._group.places), passed_over)
        return writer.write(complete=complete, decision_id=self.new_id())

    def _member(self, place: int) -> GroupMember:
        entry, counts = self.group.clients[place], self._assignment.counts[place]
        search = self._searches[self._of_entry[place]]
        documents = [*search.documents, None]
        return GroupMember(
            key=entry.key,
            count=entry.count,
            profile=search.question.profile,
            chosen=[(count, documents[at]) for at, count in enumerate(counts) if count],
            answer=self._answers[self._choice_of(place)],
            sheets=self._sheets[self._choice_of(place)],
            instead=self._next_agencies(place),
        )

    def _next_agencies(self, place: int) -> dict[str, Step]:
        """Return who could be called next, by the agency (slug) that may not take all: the step of a further path.

        Only where nobody counts the places, or the origin may not see the count.
        """
        search, steps = self._searches[self._of_entry[place]], dict[str, Step]()
        avoided = self._group.hosts_to_avoid(self.group.clients[place].key, self._assignment)
        stays, counted_services = self.directory.snapshot.service_types.stays, self._group.places.keys()
        for document in (search.documents[at] for at in self._choice_of(place)[1] if at < len(search.documents)):
            for step in document["steps"]:
                must_ask = not {use["slug"] for use in step["services"]} <= counted_services
                needs, slug = stays.intersection(step["covers"]), step["to"]["slug"]
                alternative = self._step_elsewhere(search, avoided | {slug}, needs) if needs and must_ask else None
                if alternative is not None:
                    steps.setdefault(slug, alternative)
        return steps

    def _step_elsewhere(self, search: _Search, avoided: frozenset[str], needs: frozenset[str]) -> Step | None:
        """Return the step to stay at none of the agencies (slugs) to avoid, on the best path with places left."""
        full_services = self._full_services(search.people)
        for option, document in zip(search.candidates.options, search.documents, strict=False):
            if avoided.isdisjoint(option.hosts) and full_services.isdisjoint(option.services):
                for step in document["steps"]:
                    if needs <= {*step["covers"]}:
                        return step
        return None


def find_group_paths(directory: DirectorySnapshot, group: GroupProfile, *, now: datetime) -> GroupAnswerDocument:
    """Return the answer to a group at one go, in the time for those who wait; every consent in it counts as written.

    Raises:
        ProfileRefused: the group names an entry absent from the directory.
        routing.SearchDefect: a search contradicts itself; no answer is given.
    """
    profiles = [group.profile_of(entry) for entry in group.clients]
    search = GroupSearch(directory, group, profiles, now, guaranteed_ms=HARD_DEADLINE_MS)
    for piece in search.searches():
        piece(HARD_DEADLINE_MS)
    search.choose(HARD_DEADLINE_MS)
    for work in search.answers():
        work(routing.never, None)
    return search.document()
