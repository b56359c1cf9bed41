"""Small random coalitions as raw bundles, and the same without some organizations: for the coalition's own work."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from loaded import Loader
from seeds import fresh_random

from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.store.records import SeenVersions

Bundle = dict[str, Any]
PACKS = ["federal", "coalition"]
TYPES = ("emergency_shelter", "case_management", "food", "detox")
AREAS = ("state", "north", "south", "north-town")
KINDS = ("victim_services", "dv_shelter", "law_enforcement", "health")
ALWAYS = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR,SA,SU", "opens_at": "00:00", "closes_at": "23:59"}
WEEKDAYS = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", "opens_at": "09:00", "closes_at": "17:00"}


def drawn(seed: int, *, plain: bool = False) -> Bundle:
    """Return a coalition of three to seven agencies. `plain`: no service asks for anything of a client but the area."""
    dice = fresh_random(seed)
    slugs = [f"agency-{letter}" for letter in "abcdefg"[: dice.randint(3, 7)]]
    return {
        "coalition": {"slug": "drawn", "name": "Drawn", "timezone": "America/Chicago", "policy_packs": PACKS},
        "areas": [
            {"code": "state", "name": "State"},
            {"code": "north", "name": "North", "within": "state"},
            {"code": "south", "name": "South", "within": "state"},
            {"code": "north-town", "name": "North Town", "within": "north"},
        ],
        "vocabulary": _vocabulary(dice, slugs),
        "organizations": [_organization(dice, slug, slugs, plain=plain) for slug in slugs],
        "agreements": [_agreement(dice, number, slugs) for number in range(dice.randint(0, 5))],
    }  # fmt: skip


def _vocabulary(dice: random.Random, slugs: list[str]) -> list[Bundle]:
    terms = [{"term": "house", "organization": slug, "means": dice.choice(TYPES)} for slug in slugs if _or_not(dice)]
    code = {"code": "surfing", "name": "Surfing"} | ({"decided_by": "board"} if _or_not(dice) else {})
    return [*terms, code]


def _organization(dice: random.Random, slug: str, slugs: list[str], *, plain: bool) -> Bundle:
    parents = [other for other in slugs if other < slug]
    profile = {
        "basis": dice.choice(["community", "systems"]),
        "kind": dice.choice(KINDS),
        "regimes": dice.sample(["vawa", "voca", "hipaa"], dice.randint(0, 2)),
        "membership": dice.choice(["active", "active", "non_active", "none"]),
        "listed": dice.choice(["public", "public", "coalition"]),
        "address_private": dice.random() < 0.3,
        "declared": {"on": "2026-01-10", "review_by": dice.choice(["2026-03-20", "2027-03-01"])},
    }
    contact = {"name": f"Rep {slug}", "title": "coalition_representative", "since": "2024-01-01"}
    if _or_not(dice):
        contact |= {"until": dice.choice(["2026-03-15", "2026-06-01", "2028-01-01"])}
    return {
        "id": slug,
        "name": slug.title().replace("-", " "),
        **({"parent": dice.choice(parents)} if parents and dice.random() < 0.2 else {}),
        "phones": [{"number": "555-0100", "type": "voice", "description": "line"}],
        "contacts": [contact] if _or_not(dice) else [],
        "coalition": profile,
        "services": [_service(dice, f"{slug}-{number}", slugs, plain=plain) for number in range(dice.randint(0, 3))],
    }


def _service(dice: random.Random, slug: str, slugs: list[str], *, plain: bool) -> Bundle:
    accepts = dice.choice([["self", "warm"], ["warm"], ["packet"], ["self", "warm", "packet"]])
    door = dice.choice([["anyone"], ["anyone"], ["members"], ["agreement"], [dice.choice(slugs)], [dice.choice(KINDS)]])
    types = dice.sample(TYPES, dice.choice([1, 1, 2]))
    youngest = dice.choice([None, 0, 11, 18])
    document: Bundle = {
        "id": slug,
        "name": slug,
        "status": dice.choice(["active", "active", "active", "inactive"]),
        "service_areas": [{"name": area} for area in dice.sample(AREAS, dice.choice([0, 1, 1, 2]))],
        "schedules": dice.choice([[], [ALWAYS], [WEEKDAYS]]),
        "languages": dice.choice([[], [{"code": "es"}], [{"code": "en"}, {"code": "fr"}]]),
        "referral": {
            "types": types,
            "accepts": accepts,
            "accepts_from": door,
            "requires": [
                required for required in dice.sample(TYPES, 1) if required not in types and dice.random() < 0.3
            ],
            **({"intake_data": dice.choice([["need"], ["need", "identity"]])} if "packet" in accepts else {}),
        },
    }
    if plain:
        return document
    if youngest is not None:
        document |= {"minimum_age": youngest}
    if _or_not(dice):
        document |= {"maximum_age": (youngest or 0) + dice.choice([0, 6, 20])}
    if _or_not(dice):
        document["referral"] |= {"genders": ["male"], "only": ["foreign_national"], "not": ["runaway"]}
    return document


def _agreement(dice: random.Random, number: int, slugs: list[str]) -> Bundle:
    parties = dice.sample(slugs, 2)
    document: Bundle = {
        "id": f"mou-{number}",
        "between": parties,
        "mutual": _or_not(dice),
        "level": dice.choice(["cooperation", "coordination", "coalition"]),
        "type": "mou",
        "status": dice.choice(["signed", "signed", "draft", "suspended", "ended"]),
        "effective": "2025-01-01",
        "offers": {parties[0]: "beds for youth"},
        "wants": {parties[1]: dice.choice(["beds for the night", "food"])},
    }
    if _or_not(dice):
        document |= {"expires": dice.choice(["2026-03-10", "2026-02-01", "2027-01-01"])}
    return document | ({"types": dice.sample(TYPES, 2)} if _or_not(dice) else {})


def _or_not(dice: random.Random) -> bool:
    return dice.random() < 0.5


def without(bundle: Bundle, hidden: frozenset[str]) -> Bundle:
    """Return the bundle that had never heard of these organizations; a door that only they opened opens to nobody."""
    remainder = copy.deepcopy(bundle)
    remainder["organizations"] = [
        organization for organization in remainder["organizations"] if organization["id"] not in hidden
    ]
    remainder["agreements"] = [
        agreement for agreement in remainder["agreements"] if hidden.isdisjoint(agreement["between"])
    ]
    remainder["vocabulary"] = [entry for entry in remainder["vocabulary"] if entry.get("organization") not in hidden]
    for organization in remainder["organizations"]:
        if organization.get("parent") in hidden:
            del organization["parent"]
        for service in organization["services"]:
            door = service["referral"]["accepts_from"]
            service["referral"]["accepts_from"] = [slug for slug in door if slug not in hidden] or [organization["id"]]
    return remainder


def first_version(loader: Loader, bundle: Bundle) -> DirectorySnapshot:
    """Return what answers are made from, as version 1 whatever was loaded before."""
    _, directory = loader.serve(bundle)
    names = replace(directory.names, seen=SeenVersions(1, 1, {}))
    return replace(directory, snapshot=replace(directory.snapshot, version=1), names=names)


def unlisted(bundle: Bundle) -> frozenset[str]:
    """Return the slugs of unlisted organizations."""
    return frozenset(
        organization["id"]
        for organization in bundle["organizations"]
        if organization["coalition"]["listed"] == "coalition"
    )


def outsiders(bundle: Bundle) -> list[str]:
    """Return the slugs of organizations that are no members."""
    return [
        organization["id"]
        for organization in bundle["organizations"]
        if organization["coalition"]["membership"] == "none"
    ]


def same_for_outsiders(loader: Loader, seed: int, answer: Callable[[DirectorySnapshot, str], Any]) -> int:
    """Hold an answer to each outsider against one from a directory without what is hidden; return how many.

    A door that named only what is hidden lets in its own organization alone, which in both is nobody else.
    """
    bundle = drawn(seed)
    for organization in bundle["organizations"]:
        for service in organization["services"]:
            if service["referral"]["accepts_from"][0] in unlisted(bundle):
                service["referral"]["accepts_from"].append(organization["id"])
    whole, compared = first_version(loader, bundle), 0
    answers = {outsider: answer(whole, outsider) for outsider in ["nobody-here", *outsiders(bundle)]}
    for outsider, expected in answers.items():  # of the stored directory while it is the whole
        hidden = unlisted(bundle) - {outsider}
        if hidden:
            never_had = first_version(loader, without(bundle, hidden))
            assert expected == answer(never_had, outsider), (seed, outsider)
            compared += 1
    return compared
