"""Finds entries of a valid bundle that its writer may not mean; told after a load, which goes through regardless."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from itertools import combinations

import policies
import routing
from service.directory.standard.phone_numbers import dialable
from service.errors import Problem
from service.i18n import warnings
from service.i18n.codes import listed
from service.i18n.states import POINT, in_a_sentence
from service.vocabulary import ROUTED_TYPES

from .hsds import Contact, Location, Organization, Service
from .schema import Agreement, Bundle

STAYS = ROUTED_TYPES.stays
EXPLOITER_AT_HOME = "suspected_exploiter_household"
Offers = dict[str, list[frozenset[str]]]
"""For each type, what each of its services requires."""

STATE = "us-"
"""The beginning of the name of a state's rule pack (`us-tx`); the area of the state has the same code."""
_WITHOUT_SUMMER_TIME = {"EST": "America/New_York", "MST": "America/Denver"}
"""Names of zones that clocks keep nearly nowhere, and what is probably meant."""
_LAST_MINUTE = time(23, 59)
_MIDNIGHT = time(0)


def find_warnings(bundle: Bundle, today: date) -> Iterator[Problem]:
    """Yield a problem for each entry that the writer probably did not mean, in document order. Pure.

    `today`: the current day in the coalition's time zone, which decides whether an agreement is in force.
    """
    if bundle.coalition.timezone in _WITHOUT_SUMMER_TIME:
        zone = _WITHOUT_SUMMER_TIME[bundle.coalition.timezone]
        yield Problem("coalition.timezone", warnings.NO_SUMMER_TIME.format(zone=zone))
    yield from _packs(bundle)
    offers: dict[str, list[frozenset[str]]] = {}
    for service in (service for owner in bundle.organizations for service in owner.services):
        for service_type in service.referral.types:
            offers.setdefault(service_type, []).append(frozenset(service.referral.requires))
    parties = {party for agreement in bundle.agreements if in_force(agreement, today) for party in agreement.between}
    for number, owner in enumerate(bundle.organizations):
        path = f"organizations[{number}]"
        if not owner.phones and any(not service.phones for service in owner.services if service.status == "active"):
            yield Problem(f"{path}.phones", warnings.NO_PHONE)
        yield from _phones(owner, path)
        for index, place in enumerate(owner.locations):
            yield from _phones(place, f"{path}.locations[{index}]")
        for index, service in enumerate(owner.services):
            yield from _phones(service, f"{path}.services[{index}]")
            yield from _service(service, f"{path}.services[{index}]", offers, agreed=owner.id in parties)
    for number, agreement in enumerate(bundle.agreements):
        yield from _agreement(agreement, f"agreements[{number}]", today)


def in_force(agreement: Agreement, today: date) -> bool:
    """Say whether an agreement is signed and `today` lies within its dates, the first and last day included. Pure."""
    dated = policies.Agreement(
        agreement.id, tuple(agreement.between),
        status=agreement.status, effective=agreement.effective, expires=agreement.expires,
    )  # fmt: skip
    return dated.is_in_force(today)


def _packs(bundle: Bundle) -> Iterator[Problem]:
    corrections = [row.model_dump() for row in bundle.card_facts]
    cards = policies.correct_cards(policies.load_states(), corrections)
    codes = [area.code for area in bundle.areas]
    states = [pack for pack in bundle.coalition.policy_packs if pack.startswith(STATE)]
    without_pack = [cards[code] for code in codes if code in cards and code not in states]
    for card in without_pack:
        points = listed([POINT[point] for point in card.missing])
        plain = warnings.CARD_IN_USE.format(code=card.code, state=in_a_sentence(card.name), missing=points)
        yield Problem("coalition.policy_packs", plain)
    if not states and not without_pack:
        yield Problem("coalition.policy_packs", warnings.NO_STATE_PACK)
    for pack in states:
        if pack not in codes:
            yield Problem("coalition.policy_packs", warnings.NO_AREA_OF_PACK.format(pack=pack))


def _phones(holder: Organization | Location | Service | Contact, path: str) -> Iterator[Problem]:
    """Yield each number of a record, and of its people, that no telephone can dial: it is shown as it was written."""
    for index, phone in enumerate(holder.phones):
        if dialable(phone.number) is None:
            yield Problem(f"{path}.phones[{index}].number", warnings.NOT_DIALED)
    for index, contact in enumerate(() if isinstance(holder, Contact) else holder.contacts):
        yield from _phones(contact, f"{path}.contacts[{index}]")


def _service(service: Service, path: str, offers: Offers, *, agreed: bool) -> Iterator[Problem]:
    if service.status != "active":
        return
    if not service.service_areas and STAYS & set(service.referral.types):
        yield Problem(f"{path}.service_areas", warnings.SHELTER_EVERYWHERE)
    for number, trait in enumerate(service.referral.excludes):
        if trait == EXPLOITER_AT_HOME and STAYS & set(service.referral.types):
            yield Problem(f"{path}.referral.not[{number}]", warnings.REASON_FOR_THE_BED)
    begins = {row.opens_at for row in service.schedules}
    for number, row in enumerate(service.schedules):
        if row.closes_at == _LAST_MINUTE and _MIDNIGHT not in begins:
            yield Problem(f"{path}.schedules[{number}].closes_at", warnings.READ_AS_MIDNIGHT)
        elif row.opens_at is not None and row.opens_at == row.closes_at:
            yield Problem(f"{path}.schedules[{number}].closes_at", warnings.AROUND_THE_CLOCK)
    if service.referral.accepts_from == ("agreement",) and not agreed:
        yield Problem(f"{path}.referral.accepts_from", warnings.NOBODY_AGREED)
    for number, service_type in enumerate(service.referral.requires):
        if service_type not in offers:
            yield Problem(f"{path}.referral.requires[{number}]", warnings.NOBODY_OFFERS)
    if offers.keys() >= {*service.referral.requires} and not _can_come_first({*service.referral.requires}, offers):
        yield Problem(f"{path}.referral.requires", warnings.REQUIRES_TOO_MUCH)


def _can_come_first(service_types: set[str], offers: Offers) -> bool:
    """Say whether a path can add services that meet all the types, with the services that they require in turn.

    >>> _can_come_first({"food"}, {"food": [frozenset({"intake"})], "intake": [frozenset({"id"})], "id": [frozenset()]})
    False
    """
    return any(
        _is_met({*service_types, *more}, offers)
        for size in range(routing.MOST_ADDED - len(service_types) + 1)
        for more in combinations(sorted(offers), size)
    )


def _is_met(service_types: set[str], offers: Offers) -> bool:
    """Say whether services of these types can be met one after the other, none before what it requires."""
    chain, before = set[str](), -1
    while before < len(chain):
        before = len(chain)
        chain |= {code for code in service_types if any(requires <= chain for requires in offers[code])}
    return chain == service_types


def _agreement(agreement: Agreement, path: str, today: date) -> Iterator[Problem]:
    if agreement.status == "ended":
        yield Problem(f"{path}.status", warnings.AGREEMENT_ENDED)
    elif agreement.status == "signed" and agreement.expires is not None and agreement.expires < today:
        yield Problem(f"{path}.expires", warnings.AGREEMENT_ENDED)
