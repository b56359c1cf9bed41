"""Every check that relates two places of a bundle, in a single call."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import policies
from service import vocabulary
from service.documents.fields import byday_tokens
from service.documents.listing import words_for
from service.documents.node import Node, has_private_places, organizations_of, services_of, walk
from service.errors import Problem
from service.i18n import refusals

# An organization's id may be the word of a kind, such as `cac`: in `accepts_from` and `avoid` the word then means both.
_RESERVED = frozenset(vocabulary.ACCEPTS_FROM_WORDS)
_SOURCE_WORDS = frozenset((*vocabulary.ACCEPTS_FROM_WORDS, *vocabulary.KINDS))
# Objects that HSDS writes out at each use, with their id; and entries without an id.
_REPEATED = frozenset(("taxonomy_term", "taxonomy_detail", "unit", "vocabulary"))
# In any object of a bundle: the second day may not come before the first.
_DAY_ORDERS = (
    ("effective", "expires"),
    ("valid_from", "valid_to"),
    ("dtstart", "until"),
    ("since", "until"),
    ("on", "review_by"),
)
# In any object: the second number may not be below the first.
_NUMBER_ORDERS = (("minimum_age", "maximum_age"), ("available", "maximum"))
_POSITION = ("latitude", "longitude")
_RELATED = frozenset((*(name for pair in (*_DAY_ORDERS, *_NUMBER_ORDERS) for name in pair), *_POSITION, "byday"))
"""Fields of which one says what another may be: most objects have none."""


@dataclass(frozen=True, slots=True)
class Names:
    """The targets of references: the ids and codes that the bundle defines, with the built-in codes."""

    organizations: frozenset[str]
    areas: frozenset[str]
    forms: frozenset[str]
    types: frozenset[str]
    traits: frozenset[str]

    @classmethod
    def of(cls, document: Node) -> Names:
        """Return the ids and codes defined in `document`.

        >>> names = Names.of(Node({"areas": [{"code": "us-tx"}], "vocabulary": [{"code": "sober_living"}]}))
        >>> names.areas, "sober_living" in names.types, "detox" in names.types  # the last is built in
        (frozenset({'us-tx'}), True, True)
        """
        codes = [(row.text("code"), row.text("kind")) for row in document.rows("vocabulary")]
        return cls(
            organizations=_texts(organizations_of(document), "id"),
            areas=_texts(document.rows("areas"), "code"),
            forms=_texts(document.rows("release_forms"), "id"),
            types=frozenset(vocabulary.SERVICE_TYPES)
            | {code for code, word_type in codes if code and word_type != "trait"},
            traits=frozenset(vocabulary.TRAITS) | {code for code, word_type in codes if code and word_type == "trait"},
        )


def _texts(rows: list[Node], key: str) -> frozenset[str]:
    return frozenset(text for row in rows if (text := row.text(key)) is not None)


def find_broken_references(document: Node, names: Names, *, apart: bool) -> Iterator[Problem]:
    """Yield a problem for every reference to a name that the bundle does not define, and for every name defined twice.

    `apart`: a name known only within its organization, such as a private place's, may be used again by a second
    organization.
    """
    yield from _doubled_names(document, apart=apart)
    yield from _coalition(document, names)
    yield from _vocabulary(document, names)
    yield from _organizations(document, names)
    yield from _services(document, names)
    yield from _agreements(document, names)
    for area in document.rows("areas"):
        yield from _unknown_names([area.get("within")], names.areas, refusals.IN_AREAS)
    for group in document.get("equivalent_forms").items():
        yield from _unknown_names(group.items(), names.forms, refusals.IN_FORMS)
    yield from _card_facts(document)


def _unknown_names(nodes: Collection[Node] | Iterator[Node], names: Collection[str], noun: str) -> Iterator[Problem]:
    for node in nodes:
        if isinstance(node.value, str) and node.value not in names:
            yield node.problem(refusals.IS_NO.format(what=noun))


def _codes(nodes: list[Node], codes: Collection[str], noun: str) -> Iterator[Problem]:
    for node in nodes:
        if node.value not in codes:
            yield node.problem(refusals.IS_NO_CODE.format(what=noun, words=words_for(node.value, codes)))


def _doubled_names(document: Node, *, apart: bool) -> Iterator[Problem]:
    """Yield a problem for every name given twice.

    Names of private places count within their organization alone; with `apart` also the names of a record's parts.
    """
    private = {owner.path for owner in organizations_of(document) if has_private_places(owner)}
    used: set[tuple[str, ...]] = set()
    for list_name, row in walk(document):
        key = "code" if list_name == "areas" else "id"
        name = row.text(key)
        if name is None or list_name in _REPEATED:
            continue
        top, _, part = row.path.partition(".")
        is_public = list_name == "services" or (list_name == "locations" and top not in private)
        of_all = is_public or not (apart and part)
        scope = "" if of_all else top
        if (scope, list_name, name) in used:
            yield row.get(key).problem(refusals.USED_BEFORE.format(list_name=list_name))
        used.add((scope, list_name, name))


def _coalition(document: Node, names: Names) -> Iterator[Problem]:
    packs = vocabulary.policy_packs()
    packs_so_far: set[str] = set()
    for node in document.get("coalition").texts("policy_packs"):
        if node.value not in packs:
            yield node.problem(refusals.NO_PACK + ", ".join(packs))
        elif node.value in packs_so_far:
            yield node.problem(refusals.NAMED_TWICE)
        packs_so_far.add(node.value)
    if packs_so_far and vocabulary.BASE_PACK not in packs_so_far:
        yield document.get("coalition").get("policy_packs").problem(refusals.NEEDS_PACK + vocabulary.BASE_PACK)
    for line in document.get("coalition").rows("fallback_lines"):
        yield from _codes(line.texts("for"), names.types, refusals.A_TYPE)


def _card_facts(document: Node) -> Iterator[Problem]:
    used: set[tuple[str, str]] = set()
    for row in document.rows("card_facts"):
        state, fact = row.text("state"), row.text("fact")
        if state is not None and state not in policies.load_states():
            yield row.get("state").problem(refusals.NO_CARD)
        elif fact is not None and fact not in policies.POINTS:
            yield row.get("fact").problem(refusals.ONE_OF.format(words=", ".join(policies.POINTS)))
        elif state is not None and fact is not None:
            if (state, fact) in used:
                yield row.get("fact").problem(refusals.CORRECTED_BEFORE)
            used.add((state, fact))
            if not policies.takes(state, fact, row.get("value").value):
                yield row.get("value").problem(refusals.NO_CARD_HAS)
        if (source := row.text("source")) is not None and not source.startswith("https://"):
            yield row.get("source").problem(refusals.HTTPS)


def _vocabulary(document: Node, names: Names) -> Iterator[Problem]:
    built_in = {*vocabulary.SERVICE_TYPES, *vocabulary.TRAITS}
    used: set[tuple[str | None, str]] = set()
    traits = len(vocabulary.TRAITS)
    for row in document.rows("vocabulary"):
        if row.text("code") is not None and row.text("kind") == "trait":
            traits += 1
            if traits > vocabulary.MOST_TRAITS:
                yield row.get("code").problem(refusals.TRAITS_AT_MOST.format(most=vocabulary.MOST_TRAITS))
        yield from _unknown_names([row.get("organization")], names.organizations, refusals.IN_ORGANIZATIONS)
        if row.text("means") is not None:
            yield from _codes([row.get("means")], names.types | names.traits, refusals.TYPE_OR_TRAIT)
        if (code := row.text("code")) is not None:
            if code in built_in:
                yield row.get("code").problem(refusals.BUILT_IN)
            if (None, code) in used:
                yield row.get("code").problem(refusals.DEFINED_BEFORE)
            used.add((None, code))
        term, owner = row.text("term"), row.text("organization")
        if term is not None and owner is not None:
            owner_and_term = (owner, vocabulary.normal_term(term))
            if owner_and_term in used:
                yield row.get("term").problem(refusals.EXPLAINED_BEFORE)
            used.add(owner_and_term)


def _organizations(document: Node, names: Names) -> Iterator[Problem]:
    for row in organizations_of(document):
        if row.text("id") in _RESERVED:
            yield row.get("id").problem(refusals.RESERVED)
        yield from _unknown_names([row.get("parent")], names.organizations, refusals.IN_ORGANIZATIONS)
        profile = row.get("coalition")
        yield from _unknown_names([profile.get("near")], names.areas, refusals.IN_AREAS)
        yield from _unknown_names(profile.texts("operator_authorised"), names.organizations, refusals.IN_ORGANIZATIONS)
        yield from _unknown_names(profile.texts("accepted_forms"), names.forms, refusals.IN_FORMS)


def _services(document: Node, names: Names) -> Iterator[Problem]:
    for owner, service in services_of(document):
        places = {place.text("id") for place in owner.rows("locations")} - {None}
        referral = service.get("referral")
        for area in service.rows("service_areas"):
            yield from _unknown_names([area.get("name")], names.areas, refusals.IN_AREAS)
        for place in service.rows("service_at_locations"):
            yield from _unknown_names([place.get("location_id")], {*filter(None, places)}, refusals.A_PLACE)
        yield from _codes(referral.texts("types"), names.types, refusals.A_TYPE)
        yield from _codes(referral.texts("requires"), names.types, refusals.A_TYPE)
        yield from _codes(referral.texts("only"), names.traits, refusals.A_TRAIT)
        yield from _codes(referral.texts("not"), names.traits, refusals.A_TRAIT)
        for source in referral.texts("accepts_from"):
            if source.value not in _SOURCE_WORDS and source.value not in names.organizations:
                yield source.problem(refusals.IS_NO_SOURCE.format(words=words_for(source.value, _SOURCE_WORDS)))


def _agreements(document: Node, names: Names) -> Iterator[Problem]:
    for agreement in document.rows("agreements"):
        parties = agreement.words("between")
        yield from _unknown_names(agreement.texts("between"), names.organizations, refusals.IN_ORGANIZATIONS)
        yield from _codes(agreement.texts("types"), names.types, refusals.A_TYPE)
        for side in ("offers", "wants"):
            promises = agreement.get(side)
            if isinstance(promises.value, dict):
                for party in promises.value:
                    if party not in parties:
                        yield promises.get(party).problem(refusals.NO_PARTY)


def find_contradictions(document: Node) -> Iterator[Problem]:
    """Yield a problem for each contradiction between fields of a bundle.

    >>> service = {"minimum_age": 18, "maximum_age": 11}
    >>> list(find_contradictions(Node({"organizations": [{"services": [service]}]})))
    [Problem(path='organizations[0].services[0].maximum_age', message='must not be below `minimum_age`')]
    """
    for _, row in walk(document):
        if not _RELATED.isdisjoint(row.value):
            yield from _orders(row)
    yield from _loops(document.rows("areas"), "code", "within")
    yield from _loops(organizations_of(document), "id", "parent")
    for line in document.get("coalition").rows("fallback_lines"):
        if line.get("phone").value is None and line.get("sms").value is None:
            yield line.problem(refusals.PHONE_OR_SMS)
    for entry in document.rows("vocabulary"):
        yield from _vocabulary_entry(entry)
    for _, service in services_of(document):
        yield from _referral(service.get("referral"))
    for agreement in document.rows("agreements"):
        yield from _agreement(agreement)
    for group in document.get("equivalent_forms").items():
        yield from _twice(list(group.items()))


def _orders(row: Node) -> Iterator[Problem]:
    for first, last in _pairs_in(row, _DAY_ORDERS):
        begin, end = row.day(first), row.day(last)
        if begin and end and end < begin:
            yield row.get(last).problem(refusals.NOT_BEFORE.format(first=first))
    for low, high in _pairs_in(row, _NUMBER_ORDERS):
        least, most = row.number(low), row.number(high)
        if least is not None and most is not None and most < least:
            yield row.get(high).problem(refusals.NOT_BELOW.format(low=low))
    for present, absent in (_POSITION, _POSITION[::-1]):
        if row.number(present) is not None and row.get(absent).value is None:
            yield row.get(present).problem(refusals.NEEDS_BESIDE.format(missing=absent))
    tokens = byday_tokens(row.text("byday") or "")
    if tokens and row.text("freq") != "MONTHLY" and any(len(token) > 2 for token in tokens):
        yield row.get("byday").problem(refusals.MONTHLY)


def _pairs_in(row: Node, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs of which a mapping holds both: most hold none."""
    return [pair for pair in pairs if pair[0] in row.value and pair[1] in row.value]


def _loops(rows: list[Node], key: str, above: str) -> Iterator[Problem]:
    """Yield a problem for each row whose chain of `above` leads back to the row itself, as area A within B within A."""
    upwards = {row.text(key): row.text(above) for row in rows}
    ends: set[str | None] = {None}
    for row in rows:
        trail: set[str] = set()
        at = row.text(key)
        while at is not None and at not in ends and at not in trail:
            trail.add(at)
            at = upwards.get(at)
        if at in ends:
            ends.update(trail)
        elif at == row.text(key):
            yield row.get(above).problem(refusals.LEADS_BACK.format(above=above))


def _vocabulary_entry(entry: Node) -> Iterator[Problem]:
    keys = {key for key in ("code", "name", "term", "organization", "means") if entry.get(key).value is not None}
    if keys not in ({"code", "name"}, {"term", "organization", "means"}):
        yield entry.problem(refusals.CODE_OR_TERM)
    if "term" in keys and entry.get("kind").value is not None:
        yield entry.get("kind").problem(refusals.BELONGS_WITH_CODE)


def _referral(referral: Node) -> Iterator[Problem]:
    types, requires = referral.words("types"), referral.words("requires")
    if types and types <= requires:
        yield referral.get("requires").problem(refusals.ASKS_FOR_ITSELF)
    for trait in referral.texts("not"):
        if trait.value in referral.words("only"):
            yield trait.problem(refusals.IN_ONLY_TOO)
    for mode in referral.texts("accepts"):
        if mode.value == "packet" and not referral.texts("intake_data"):
            yield mode.problem(refusals.INTAKE_DATA)


def _agreement(agreement: Node) -> Iterator[Problem]:
    parties = list(agreement.get("between").items())
    yield from _twice(parties)
    if agreement.get("mutual").value is False and len(parties) > 2:
        yield agreement.get("mutual").problem(refusals.EXACTLY_TWO)


def _twice(nodes: list[Node]) -> Iterator[Problem]:
    used: set[str] = set()
    for node in nodes:
        if isinstance(node.value, str):
            if node.value in used:
                yield node.problem(refusals.NAMED_TWICE)
            used.add(node.value)


def check_document(tree: dict[str, Any], *, apart: bool = False) -> Iterator[Problem]:
    """Yield a problem for each dangling reference, doubled name and contradiction in the plain data of a bundle.

    Works also on data that the schema refuses, so that every problem is shown at once. `apart`: the writer of a single
    record may not see the records of other organizations, so no problem tells a name that only such a record holds.

    >>> list(check_document({"areas": [{"code": "salt-prairie", "within": "us-tx"}]}))
    [Problem(path='areas[0].within', message='is no area in `areas`')]
    """
    document = Node(tree)
    names = Names.of(document)
    yield from find_broken_references(document, names, apart=apart)
    yield from find_contradictions(document)
