"""The shape of a question about several clients at once (contract, part two, section 9a): no name, no identifier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

from pydantic import AfterValidator, Field

from service import vocabulary
from service.answers.profile.known_names import ProfileNames, find_unknown, unknown_among
from service.answers.profile.schema import (
    MOST_CONSENTS,
    MOST_NEEDS,
    MOST_PATHS,
    MOST_WORDS,
    Client,
    ConsentItem,
    NeedEntry,
    NeedsProfile,
    OrganizationOrKind,
    ProfileFacts,
    read_moment,
)
from service.documents import fields
from service.documents.base import BundleModel, MaxEntries, Rows
from service.documents.bodies import Parse, Unknown, nothing_unknown, read_as
from service.documents.document import parse_document
from service.documents.node import Node
from service.errors import Problem, ProfileRefused
from service.i18n import refusals

MOST_PAIRS = 100
Count = Annotated[int, Field(ge=1, le=vocabulary.MOST_PEOPLE), fields.READ_WHOLE]


class GroupEntry(BundleModel):
    """So many alike clients: each has these needs, facts and consents. People who stay together are one client."""

    key: fields.Key
    count: Count = 1
    client: Client = Field(default_factory=Client)
    needs: Annotated[Rows[NeedEntry], Field(min_length=1), MaxEntries(MOST_NEEDS)]
    facts: ProfileFacts = Field(default_factory=ProfileFacts)
    consents: Annotated[Rows[ConsentItem], MaxEntries(MOST_CONSENTS)] = ()
    avoid: Annotated[Rows[OrganizationOrKind], MaxEntries(MOST_WORDS)] = ()

    @property
    def people(self) -> int:
        """How many people there are, with all who come along."""
        return self.count * (1 + len(self.client.companions))


class PromisedPlace(BundleModel):
    """Places that a service (slug) promised on the telephone, to so many of the clients of a key."""

    key: fields.Key
    count: Count = 1
    service: fields.Slug


class GroupProfile(BundleModel):
    """A group as sent, with words not yet held against a directory. `apart`: pairs that never stay at one agency."""

    origin: fields.Slug
    at: Annotated[fields.Instant, AfterValidator(read_moment)] | None = None
    clients: Annotated[Rows[GroupEntry], Field(min_length=1), MaxEntries(vocabulary.MOST_PEOPLE)]
    apart: Annotated[Rows[Annotated[Rows[fields.Key], Field(min_length=2, max_length=2)]], MaxEntries(MOST_PAIRS)] = ()
    taken: Annotated[Rows[PromisedPlace], MaxEntries(vocabulary.MOST_PEOPLE)] = ()
    prefer: Annotated[str, fields.one_of(vocabulary.PREFERENCES)] = "balanced"
    limit: Annotated[int, Field(ge=1, le=MOST_PATHS), fields.READ_WHOLE] = MOST_PATHS

    def profile_of(self, entry: GroupEntry) -> NeedsProfile:
        """Return the needs profile of one client of an entry, by itself."""
        fields_of_entry = {name: getattr(entry, name) for name in ("client", "needs", "facts", "consents", "avoid")}
        return NeedsProfile.model_construct(
            origin=self.origin, at=self.at, prefer=self.prefer, limit=self.limit, **fields_of_entry
        )


def read_group(
    data: bytes, *, origin: str | None = None, unknown: Unknown = nothing_unknown, parse: Parse = parse_document
) -> GroupProfile:
    """Return the group in `data`. Pure. `origin` (a slug) asks where the group names no origin.

    Raises:
        ProfileRefused: the group is wrong; the error holds no value of the group.
    """
    defaults = {} if origin is None else {"origin": origin}
    group = read_as(GroupProfile, data, defaults=defaults, unknown=unknown, parse=parse, refusal=ProfileRefused)
    if problems := tuple(_contradictions(group)):
        raise ProfileRefused(problems)
    return group


def unknown_in_group(group: Node, words: ProfileNames) -> Iterator[Problem]:
    """Yield each name without an entry in the plain data of a group, by path."""
    yield from unknown_among([group.get("origin")], words.organizations, refusals.NO_ORGANIZATION)
    for entry in group.rows("clients"):
        yield from find_unknown(entry, words)
    services = {name for slug, view in words.names.services.items() for name in (slug, view.id)}
    yield from unknown_among((row.get("service") for row in group.rows("taken")), services, refusals.NO_SERVICE)


@contextmanager
def within_client(place: int) -> Iterator[None]:
    """Have the problems of one client's profile told at their places in the group."""
    try:
        yield
    except ProfileRefused as refused:
        problems = tuple(Problem(f"/clients/{place}{problem.path}", problem.message) for problem in refused.problems)
        raise ProfileRefused(problems, more=refused.more) from None


def _contradictions(group: GroupProfile) -> Iterable[Problem]:
    counts = {entry.key: entry.count for entry in group.clients}
    if sum(entry.people for entry in group.clients) > vocabulary.MOST_PEOPLE:
        yield Problem("/clients", refusals.TOO_MANY_PEOPLE)
    for place, entry in enumerate(group.clients):
        if entry.key in {earlier.key for earlier in group.clients[:place]}:
            yield Problem(f"/clients/{place}/key", refusals.TWICE)
    for place, pair in enumerate(group.apart):
        if len({*pair}) < len(pair):
            yield Problem(f"/apart/{place}", refusals.TWO_KEYS)
        yield from (Problem(f"/apart/{place}/{n}", refusals.NO_KEY) for n, key in enumerate(pair) if key not in counts)
    promises = Counter[str]()
    for place, promise in enumerate(group.taken):
        promises[promise.key] += promise.count
        if promise.key not in counts:
            yield Problem(f"/taken/{place}/key", refusals.NO_KEY)
        elif promises[promise.key] > counts[promise.key]:
            yield Problem(f"/taken/{place}/count", refusals.MORE_THAN_THERE_ARE)
