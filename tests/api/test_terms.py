"""`GET /v1/terms`: every word that is taken, what it means, and nothing that the caller may not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_settings, load_demo, running
from bundle_builders import bundle_bytes, good_bundle, put

from service import vocabulary
from service.directory.bundle import read_bundle

LISTS = {
    "service_types": vocabulary.SERVICE_TYPES,
    "traits": vocabulary.TRAITS,
    "genders": vocabulary.GENDERS,
    "urgencies": vocabulary.URGENCIES,
    "kinds": vocabulary.KINDS,
    "regimes": vocabulary.REGIMES,
    "data_classes": vocabulary.DATA_CLASSES,
    "marks": vocabulary.MARKS,
}
MEMBER, OUTSIDER, SHELTER = "tri-county-hotline", "hotline-night-desk", "harbor-house"


@pytest.fixture(scope="module")
def terms_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A coalition whose unlisted shelter has a word of its own, and speaks a language that no other agency names."""
    settings = demo_settings(tmp_path_factory.mktemp("terms"))
    bundle = put(good_bundle(), "organizations[2].services[0].languages", [{"code": "fr"}])
    load_demo(settings, bundle_bytes(bundle))
    with running(settings) as api:
        yield api


def terms_response(api: Api, organization: str, *scopes: str, language: str = "") -> Any:
    headers = api.bearer(*(scopes or ("route",)), organization=organization) | {"Accept-Language": language}
    return api.client.get("/v1/terms", headers=headers)


@pytest.mark.parametrize("name", LISTS)
def test_every_built_in_word_has_a_name_and_a_meaning(terms_api: Api, name: str) -> None:
    """Each list holds what the reader takes, in that order, each word explained."""
    terms = terms_response(terms_api, MEMBER).json()[name]
    built_in = terms[: len(LISTS[name])]

    assert [term["code"] for term in built_in] == list(LISTS[name])
    assert all(term["name"] and term["meaning"] for term in built_in)
    assert len({term["meaning"] for term in built_in}) == len(built_in)


def test_the_coalitions_own_are_among_them(terms_api: Api) -> None:
    """Its codes come after the built-in ones, each in its list; areas, agencies' words with what they mean."""
    document = terms_response(terms_api, MEMBER, "directory:read").json()

    assert document["service_types"][-1] == {"code": "equine_therapy", "name": "Equine therapy", "meaning": None}
    assert document["traits"][-1] == {"code": "farm_worker", "name": "Farm worker", "meaning": None}
    assert [area["code"] for area in document["areas"]] == ["travis", "us-tx"]
    assert document["areas"][0]["name"] == "Travis County"
    assert {"code": "fr", "name": "French", "meaning": None} in document["languages"]
    assert document["words"] == [{"term": "safe house", "organization": SHELTER, "means": "emergency_shelter"}]


def test_words_and_languages_of_the_unlisted_are_for_those_who_may_know_of_them(terms_api: Api) -> None:
    """Whoever is no member reads no word of an unlisted shelter, nor a language that only it names."""
    member, outsider = terms_response(terms_api, MEMBER).json(), terms_response(terms_api, OUTSIDER).json()

    assert [term["code"] for term in member["languages"]] == ["en", "es-mx", "fr"]
    assert [term["code"] for term in outsider["languages"]] == ["fr"]
    assert outsider["words"] == []
    assert SHELTER not in terms_response(terms_api, OUTSIDER, "directory:read").text


@pytest.mark.parametrize("scope", ["route", "directory:read"])
def test_either_scope_is_enough(terms_api: Api, scope: str) -> None:
    """Who may ask for paths needs the words, and so does who reads the directory; nobody else."""
    assert terms_response(terms_api, MEMBER, scope).status_code == 200

    refused = terms_response(terms_api, MEMBER, "operator")
    assert refused.status_code == 403
    assert "directory:read or route" in refused.json()["detail"]
    assert terms_api.client.get("/v1/terms").status_code == 401


def test_what_is_listed_is_taken(terms_api: Api) -> None:
    """A bundle with each of the words in it is read."""
    document = terms_response(terms_api, MEMBER).json()
    codes = {name: [term["code"] for term in document[name]] for name in LISTS}
    bundle = good_bundle()
    put(bundle, "organizations[0].services[0].referral.types", codes["service_types"])
    put(bundle, "organizations[0].services[0].referral.not", codes["traits"][1:])
    put(bundle, "organizations[0].services[0].referral.genders", codes["genders"])
    put(bundle, "organizations[0].services[0].referral.accepts_from", codes["kinds"])
    put(bundle, "organizations[0].coalition.regimes", codes["regimes"])
    put(bundle, "agreements[0].data", codes["data_classes"])
    put(bundle, "release_forms[0].marks", codes["marks"])

    assert read_bundle(bundle_bytes(bundle))
    assert HOTLINE not in str(document)


def test_names_and_meanings_are_in_the_readers_language(terms_api: Api) -> None:
    """The same codes in the same order, each with its own Spanish; what the coalition added is as it wrote it."""
    english, spanish = terms_response(terms_api, MEMBER), terms_response(terms_api, MEMBER, language="es-MX, en;q=0.5")
    of = {
        (name, term["code"]): (term, other)
        for name in (*LISTS, "languages", "areas")
        for term, other in zip(english.json()[name], spanish.json()[name], strict=True)
    }
    built_in = {key: pair for key, pair in of.items() if pair[0]["meaning"] is not None}

    assert {key for key, (term, other) in of.items() if term["code"] != other["code"]} == set()
    assert {key for key, (term, other) in built_in.items() if term["meaning"] == other["meaning"]} == set()
    assert len(built_in) == sum(len(words) for words in LISTS.values())
    assert of["service_types", "legal_immigration"][1]["name"] == "ayuda legal de migración"
    assert of["languages", "fr"][1]["name"] == "francés"
    assert of["service_types", "equine_therapy"][0] == of["service_types", "equine_therapy"][1]
    assert english.json()["words"] == spanish.json()["words"]


@pytest.mark.parametrize(("preference", "language"), [("", "en"), ("es", "es"), ("vi, es;q=0.2", "es"), ("vi", "en")])
def test_the_answer_says_which_language_it_is_in(terms_api: Api, preference: str, language: str) -> None:
    """A cache keeps the languages apart."""
    headers = terms_response(terms_api, MEMBER, language=preference).headers

    assert (headers["Content-Language"], headers["Vary"]) == (language, "Accept-Language")
