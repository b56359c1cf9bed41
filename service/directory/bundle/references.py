"""References to names that a bundle does not define, and names that a bundle defines twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from service.infrastructure.documents.listing import words_for
from service.infrastructure.documents.node import Node, has_private_places, organizations_of, services_of, walk
from service.infrastructure.errors import Problem
from service.words import refusals, vocabulary

from .names import Names

# An organization's id may be the word of a kind, such as `cac`: in `accepts_from` and `avoid` the word then means both.
_RESERVED = frozenset(vocabulary.ACCEPTS_FROM_WORDS)
_SOURCE_WORDS = frozenset((*vocabulary.ACCEPTS_FROM_WORDS, *vocabulary.KINDS))
# Objects that HSDS writes out at each use, with their id; and entries without an id.
_REPEATED = frozenset(("taxonomy_term", "taxonomy_detail", "unit", "vocabulary"))


def find_broken_references(document: Node, names: Names, *, apart: bool) -> Iterator[Problem]:
    """Yield a problem for every reference to a name that the bundle does not define, and for every name defined twice.

    `apart`: a name known only within its organization, such as a private place's, may be used again by a second
    organization.
    """
    yield from _doubled_names(document, apart=apart)
    yield from _coalition(document)
    yield from _vocabulary(document, names)
    yield from _organizations(document, names)
    yield from _services(document, names)
    yield from _agreements(document, names)
    for area in document.rows("areas"):
        yield from _known([area.get("within")], names.areas, refusals.IN_AREAS)
    for group in document.get("equivalent_forms").items():
        yield from _known(group.items(), names.forms, refusals.IN_FORMS)


def _known(nodes: Collection[Node] | Iterator[Node], allowed: Collection[str], what: str) -> Iterator[Problem]:
    for node in nodes:
        if isinstance(node.value, str) and node.value not in allowed:
            yield node.problem(refusals.IS_NO.format(what=what))


def _codes(nodes: list[Node], allowed: Collection[str], what: str) -> Iterator[Problem]:
    for node in nodes:
        if node.value not in allowed:
            yield node.problem(refusals.IS_NO_CODE.format(what=what, words=words_for(node.value, allowed)))


def _doubled_names(document: Node, *, apart: bool) -> Iterator[Problem]:
    """Yield a problem for every name given twice.

    Names of private places count within their organization alone; with `apart` also the names of a record's parts.
    """
    private = {owner.path for owner in organizations_of(document) if has_private_places(owner)}
    seen: set[tuple[str, ...]] = set()
    for list_name, row in walk(document):
        key = "code" if list_name == "areas" else "id"
        name = row.text(key)
        if name is None or list_name in _REPEATED:
            continue
        top, _, part = row.path.partition(".")
        shown = list_name == "services" or (list_name == "locations" and top not in private)
        of_all = shown or not (apart and part)
        scope = "" if of_all else top
        if (scope, list_name, name) in seen:
            yield row.get(key).problem(refusals.USED_BEFORE.format(list_name=list_name))
        seen.add((scope, list_name, name))


def _coalition(document: Node) -> Iterator[Problem]:
    packs = vocabulary.policy_packs()
    chosen: set[str] = set()
    for node in document.get("coalition").texts("policy_packs"):
        if node.value not in packs:
            yield node.problem(refusals.NO_PACK + ", ".join(packs))
        elif node.value in chosen:
            yield node.problem(refusals.NAMED_TWICE)
        chosen.add(node.value)
    if chosen and vocabulary.BASE_PACK not in chosen:
        yield document.get("coalition").get("policy_packs").problem(refusals.NEEDS_PACK + vocabulary.BASE_PACK)


def _vocabulary(document: Node, names: Names) -> Iterator[Problem]:
    built_in = {*vocabulary.SERVICE_TYPES, *vocabulary.TRAITS}
    seen: set[tuple[str | None, str]] = set()
    traits = len(vocabulary.TRAITS)
    for row in document.rows("vocabulary"):
        if row.text("code") is not None and row.text("kind") == "trait":
            traits += 1
            if traits > vocabulary.MOST_TRAITS:
                yield row.get("code").problem(refusals.TRAITS_AT_MOST.format(most=vocabulary.MOST_TRAITS))
        yield from _known([row.get("organization")], names.organizations, refusals.IN_ORGANIZATIONS)
        if row.text("means") is not None:
            yield from _codes([row.get("means")], names.types | names.traits, refusals.TYPE_OR_TRAIT)
        if (code := row.text("code")) is not None:
            if code in built_in:
                yield row.get("code").problem(refusals.BUILT_IN)
            if (None, code) in seen:
                yield row.get("code").problem(refusals.DEFINED_BEFORE)
            seen.add((None, code))
        term, owner = row.text("term"), row.text("organization")
        if term is not None and owner is not None:
            said = (owner, vocabulary.normal_term(term))
            if said in seen:
                yield row.get("term").problem(refusals.EXPLAINED_BEFORE)
            seen.add(said)


def _organizations(document: Node, names: Names) -> Iterator[Problem]:
    for row in organizations_of(document):
        if row.text("id") in _RESERVED:
            yield row.get("id").problem(refusals.RESERVED)
        yield from _known([row.get("parent")], names.organizations, refusals.IN_ORGANIZATIONS)
        profile = row.get("coalition")
        yield from _known([profile.get("near")], names.areas, refusals.IN_AREAS)
        yield from _known(profile.texts("operator_authorised"), names.organizations, refusals.IN_ORGANIZATIONS)
        yield from _known(profile.texts("accepted_forms"), names.forms, refusals.IN_FORMS)


def _services(document: Node, names: Names) -> Iterator[Problem]:
    for owner, service in services_of(document):
        places = {place.text("id") for place in owner.rows("locations")} - {None}
        referral = service.get("referral")
        for area in service.rows("service_areas"):
            yield from _known([area.get("name")], names.areas, refusals.IN_AREAS)
        for place in service.rows("service_at_locations"):
            yield from _known([place.get("location_id")], {*filter(None, places)}, refusals.A_PLACE)
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
        yield from _known(agreement.texts("between"), names.organizations, refusals.IN_ORGANIZATIONS)
        yield from _codes(agreement.texts("types"), names.types, refusals.A_TYPE)
        for side in ("offers", "wants"):
            given = agreement.get(side)
            if isinstance(given.value, dict):
                for party in given.value:
                    if party not in parties:
                        yield given.get(party).problem(refusals.NO_PARTY)
