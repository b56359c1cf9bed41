"""The exchange and the contacts: what is matched, what a draft is worth, whose name is told."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import groupby, product

import pytest
from drawn_coalitions import Bundle, drawn
from length import draws, draws_until
from loaded import Loader

from service.coalition import Contacts, Exchange, VisibleDirectory, visible_directory_of
from service.coalition import exchange as exchange_module
from service.coalition.exchange import _words as words_of
from service.directory.bundle import read_bundle
from service.directory.hsds.curation.propose_types import types_in_words
from service.vocabulary import normal_term

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")


def three() -> Bundle:
    """Return a coalition in which a house wants rides that a driver gives, and has an agreement with a court alone."""

    def agency(slug: str, **more: object) -> Bundle:
        profile = {"basis": "community", "kind": "victim_services", "membership": "active", "listed": "public"}
        contact = {"title": "spokesperson", "name": f"Spokesperson {slug}", "email": f"{slug}@example.org"}
        return {"id": slug, "name": slug.title(), "contacts": [contact], "coalition": profile, **more}

    rides = {"id": "rides", "name": "Rides", "status": "active", "referral": {"types": ["transportation"]}}
    agreement = {"level": "coalition", "type": "mou", "status": "signed", "between": ["house", "court"], "id": "mou"}
    return {
        "coalition": {"slug": "three", "name": "Three", "timezone": "America/Chicago", "policy_packs": ["federal"]},
        "areas": [],
        "organizations": [agency("house"), agency("driver", services=[rides]), agency("court")],
        "agreements": [{**agreement, "wants": {"house": "night transport"}, "offers": {"court": "a quiet room"}}],
    }


def exchange(loader: Loader, bundle: Bundle) -> Bundle:
    return Exchange(visible_directory_of(loader.serve(bundle)[1], None), AT).document()


def test_what_is_wanted_meets_who_offers_it(loader: Loader) -> None:
    """Words for rides meet a service of that type; the match comes with who, what and a sentence."""
    document = exchange(loader, three())

    [match] = document["matches"]
    assert (match["wanted_by"], match["offered_by"], match["what"]) == ("house", "driver", "night transport")
    assert (match["types"], match["agreement"]) == (["transportation"], None)
    assert {member["organization"]: (member["offers"], member["wants"]) for member in document["members"]} == {
        "court": (["a quiet room"], []),
        "driver": ([], []),
        "house": ([], ["night transport"]),
    }


@pytest.mark.parametrize(
    ("changes", "matched"),
    [
        ({}, False),
        ({"types": ["transportation"]}, False),
        ({"types": ["food"]}, True),
        ({"status": "draft"}, True),
        ({"expires": "2026-03-01"}, True),
    ],
)
def test_what_is_agreed_is_no_match(loader: Loader, changes: Bundle, matched: bool) -> None:
    """An agreement in force that covers it settles it; one that is a draft is named beside the match."""
    bundle = three()
    agreed = {
        "id": "rides-mou",
        "between": ["driver", "house"],
        "level": "coalition",
        "type": "mou",
        "status": "signed",
    }
    bundle["agreements"].append(agreed | changes)

    matches = exchange(loader, bundle)["matches"]

    assert bool(matches) is matched
    assert [match["agreement"] for match in matches] == (
        ["rides-mou"] if changes == {"status": "draft"} else [None] * len(matches)
    )


def test_an_agencys_own_word_and_an_offer_in_words(loader: Loader) -> None:
    """Its word means what the vocabulary says; words shared with another's offer are a match without a type."""
    bundle = three()
    bundle["vocabulary"] = [{"term": "night transport", "organization": "house", "means": "food"}]
    assert exchange(loader, bundle)["matches"] == []

    bundle = three()
    bundle["agreements"][0]["wants"] = {"house": "somebody for the garden"}
    bundle["agreements"].append(
        {
            **bundle["agreements"][0],
            "id": "other",
            "between": ["driver", "court"],
            "wants": {},
            "offers": {"driver": "gardens kept"},
        }
    )
    [match] = exchange(loader, bundle)["matches"]
    assert (match["offered_by"], match["types"]) == ("driver", [])


@pytest.mark.parametrize("seed", range(10))
def test_every_draft_can_stand_in_the_bundle(loader: Loader, seed: int) -> None:
    """With all drafts of a coalition added, the bundle is as valid as before, and each draft is a draft."""
    bundle = drawn(seed)
    drafts = [match["draft"] for match in exchange(loader, bundle)["matches"]]
    unique = {draft["id"]: draft for draft in drafts}

    assert len(unique) == len(drafts)
    read_bundle(json.dumps(bundle | {"agreements": [*bundle["agreements"], *drafts]}).encode())
    assert {draft["status"] for draft in drafts} <= {"draft"}


def matched_by_pairs(visible: VisibleDirectory) -> list[tuple[str, str, str, list[str]]]:
    """Return who wants what of whom, for which types, by looking at every two members."""
    matches, names, agreements = [], visible.names, visible.agreements
    promises = {
        side: {slug: {words for agreement in agreements if agreement.status != "ended"
                      for party, words in getattr(names.promises[agreement.id], side).items() if party == slug}
               for slug in visible.members}
        for side in ("offers", "wants")
    }  # fmt: skip
    for wanting, offering in product(sorted(visible.members), repeat=2):
        services = [
            service for service in visible.snapshot.services if service.active and service.organization == offering
        ]
        signed = [
            agreement
            for agreement in agreements
            if {wanting, offering} <= {*agreement.between} and agreement.is_in_force(AT.date())
        ]
        for want in promises["wants"][wanting] if wanting != offering else ():
            term = normal_term(want)
            own = {code for (slug, word), code in names.terms.items() if slug == wanting and word in term}
            every = {code for code in visible.types if normal_term(visible.type_name(code)) in term}
            meant, words = own or every | {*types_in_words(want)}, words_of(want)
            alike = {kind for service in services if len(words & words_of(service.name)) > 1 for kind in service.types}
            types = (meant & {kind for service in services for kind in service.types}) | alike
            is_offered = any(words & words_of(offer) for offer in promises["offers"][offering])
            is_agreed = any(not types or deal.types is None or deal.types & types for deal in signed)
            if (types or is_offered) and not is_agreed:
                matches.append((wanting, want, offering, sorted(types)))
    return sorted(matches)


@pytest.mark.parametrize("seed", range(draws(20)))
def test_matches_are_those_of_every_two_members(loader: Loader, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them; where they are too many, the first of each want, and it is said that more were found."""
    visible = visible_directory_of(loader.serve(drawn(seed))[1], None)
    expected = matched_by_pairs(visible)

    def matches(document: Bundle) -> list[tuple[str, str, str, list[str]]]:
        return [
            (match["wanted_by"], match["what"], match["offered_by"], match["types"]) for match in document["matches"]
        ]

    whole = Exchange(visible, AT).document()
    assert (matches(whole), whole["complete"], whole["plain"]) == (expected, True, None)
    monkeypatch.setattr(exchange_module, "MOST_MATCHES", 1)
    cut = Exchange(visible, AT).document()
    firsts = [next(some) for _, some in groupby(expected, key=lambda match: match[:2])]
    assert matches(cut) == firsts
    assert (cut["complete"], cut["plain"] is None) == (firsts == expected, firsts == expected)


def test_some_coalitions_have_matches(loader: Loader) -> None:
    """The property above looks at something."""
    matches = list[object]()
    for seed in draws_until(200, lambda: len(matches) > 5):
        matches.extend(exchange(loader, drawn(seed))["matches"])
    assert len(matches) > 5


def test_names_of_a_hidden_house_are_for_its_partners(loader: Loader) -> None:
    """The role and the line for every member; who it is, for itself and for parties of an agreement in force."""
    bundle = three()
    bundle["organizations"][0]["coalition"] |= {"listed": "coalition"}
    bundle["organizations"][0]["phones"] = [{"number": "555-0100", "type": "voice"}]

    def house(reader: str | None) -> Bundle:
        document = Contacts(visible_directory_of(loader.serve(bundle)[1], reader), AT).document()
        return next(contact for contact in document["contacts"] if contact["organization"] == "house")

    assert house("driver") == {
        **dict.fromkeys(("since", "until", "name", "email", "successor")),
        "organization": "house",
        "role": "spokesperson",
        "line": "555-0100",
        "named": False,
        "phones": [],
    }
    for reader in ("house", "court", None):
        assert house(reader)["name"] == "Spokesperson house"
    bundle["agreements"][0]["status"] = "suspended"
    assert house("court")["named"] is False


def test_names_of_a_private_house_that_is_listed_too(loader: Loader) -> None:
    """A private address keeps names to partners, listed or not."""
    bundle = three()
    bundle["organizations"][0]["coalition"] |= {"address_private": True}

    document = Contacts(visible_directory_of(loader.serve(bundle)[1], "driver"), AT).document()

    assert [contact["organization"] for contact in document["contacts"] if not contact["named"]] == ["house"]
