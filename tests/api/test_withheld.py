"""A private address can be neither guessed nor told: what reads like an address is withheld, whoever's it is."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from api_builders import Api, demo_profile, demo_settings, load_demo, running
from httpx import Response
from pydantic import SecretStr
from sqlalchemy import event

from service import demo
from service.database.database import open_database
from service.database.field_cipher import AddressCipher
from service.directory.store.record_documents import but
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.export_hsds import export_hsds
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.read_directory import get_object
from service.directory.use_cases.record_body import read_body
from service.directory.use_cases.write_directory import put_object
from service.documents.document import parse_document
from service.documents.entity_tags import Condition
from service.security import build_caller
from service.settings import Settings
from service.vocabulary import words_of

READ, WRITE, ADMIN = "directory:read", "directory:write", "directory:admin"
HOUSE, ITS_SERVICE, TRUE_STREET, TRUE_POSITION = "bluestem-haven", "bh-beds", "3 Hidden Sedge Way", "31.2877, -97.7419"
SHARED = "5 Shared Willow Road"
WRITER, ITS_LINE = "open-gate-intake", "og-intake"
READERS = (HOUSE, "bright-basin-dental", "willow-bend-youth", None)[0 if "HIDDEN_WHOLE" in os.environ else 2 :]
GUESSES = {
    "right": (TRUE_STREET, TRUE_POSITION, "3, hidden  sedge WAY"),
    "wrong": ("4 Hidden Sedge Way", "31.2878, -97.7419", "4, hidden  sedge WAY"),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return demo_settings(tmp_path_factory.mktemp("withheld"), rate_limit="1000000/minute")


@pytest.fixture
def api(loaded: Settings, tmp_path: Path) -> Iterator[Api]:
    """The demo coalition, to be changed by each test."""
    for file in Path(loaded.database.removeprefix("sqlite:///")).parent.iterdir():
        copy(file, tmp_path)
    with running(loaded.model_copy(update={"database": f"sqlite:///{tmp_path / 'router.db'}"})) as app:
        yield app


def get(api: Api, path: str, organization: str) -> Response:
    return api.client.get(path, headers=api.bearer(READ, WRITE, ADMIN, organization=organization))


def put(api: Api, path: str, body: Any, organization: str, **condition: str) -> Response:
    headers = api.bearer(READ, WRITE, ADMIN, organization=organization) | {"Content-Type": "application/json"}
    conditions = {name.replace("_", "-"): value for name, value in condition.items()} or {"If-Match": "*"}
    return api.client.put(path, headers=headers | conditions, content=json.dumps(body).encode())


def steady(answer: Response, *guesses: str) -> tuple[object, ...]:
    """Return all that an answer tells, but for the guess that its writer sent and the tag that follows from it."""
    text = answer.text
    for guess in guesses:
        text = text.replace(guess, "GUESS")
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in ("date", "ratelimit", "x-request-id", "etag")
    }
    return answer.status_code, text, headers


def texts_of(api: Api, organization: str | None) -> Iterator[tuple[str, str]]:
    """Yield every answer that tells of the directory, to a caller or to whoever comes without a token."""
    kinds = ("organizations", "services", "agreements", "release-forms", "vocabulary")
    if organization is not None:
        for kind in kinds:
            page = get(api, f"/v1/{kind}?per_page=200", organization)
            yield kind, page.text
        for path in (f"organizations/{WRITER}", f"services/{ITS_LINE}"):
            yield path, get(api, f"/v1/{path}", organization).text
        for path in ("/v1/referral-paths", "/v1/next-calls"):
            profile = demo_profile() | {"origin": organization, "limit": 1}
            yield path, api.post(path, profile, "route", organization=organization).text
    headers = {} if organization is None else api.bearer(READ, organization=organization)
    for path in (
        "organizations?full=true&full_service=true",
        "services?full=true",
        "service_at_locations?full=true",
        "taxonomies",
        "taxonomy_terms",
    ):
        joint = "&" if "?" in path else "?"
        answer = api.client.get(f"/hsds/{path}{joint}per_page=100", headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        yield path, answer.text
    for path in ("Organization", "Location", "HealthcareService"):
        answer = api.client.get(f"/fhir/{path}?_count=200", headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        yield path, answer.text


def exported(api: Api) -> str:
    rows: list[str] = []
    with open_database(api.settings) as database:
        work = database.unit_of_work(writes=False)
        export_hsds(work, lambda kind, record: rows.append(json.dumps([kind, record], default=str)))
    return "".join(rows)


# --- guessing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("valid", [True, False])
@pytest.mark.parametrize("whole", [True, False], ids=["organization", "service"])
def test_a_guess_is_answered_as_any_other_text(api: Api, whole: bool, valid: bool) -> None:
    """To a member that may write and may not see the house: right, wrong or no address at all, stored or refused."""
    path = f"/v1/organizations/{HOUSE}" if whole else f"/v1/services/{ITS_SERVICE}"
    record = get(api, path, WRITER).json()

    answers = []
    for guess in (*zip(*GUESSES.values(), strict=True), ("plain words", "more plain words")):
        for text in guess:
            body = record | {"description": f"Ask for {text}"} | ({} if valid else {"status": 5, "name": 7})
            answers.append((put(api, path, body, WRITER), text))

    assert {answer.status_code for answer, _ in answers} == {200 if valid else 422}
    addresses = [steady(answer) for answer, text in answers if "plain" not in text]
    assert len(set(map(repr, addresses))) == 1
    if not valid:
        assert steady(answers[-1][0]) == addresses[0]


@pytest.mark.parametrize("kind", ["organizations", "services"])
def test_what_reads_like_an_address_comes_out_nowhere(api: Api, kind: str) -> None:
    """Neither the right nor the wrong guess is in any answer, list, search or export; its own agency reads both."""
    path = f"/v1/{kind}/" + (WRITER if kind == "organizations" else ITS_LINE)
    record = get(api, path, WRITER).json()
    for street, position, _ in GUESSES.values():
        text = f"The house is {street}, {position}"
        changes: dict[str, Any] = {
            **dict.fromkeys(("name", "description", "alternate_name"), text),
            ("website" if kind == "organizations" else "url"): f"https://maps.example/{text.replace(' ', '_')}",
            "phones": [{"number": text, "description": text}],
            "contacts": [{"name": text, "email": f"{street.replace(' ', '.')}@example.org"}],
            "email": f"{street.replace(' ', '-')}@example.org",
            "attributes": [{"label": text, "value": text, "taxonomy_term": {"code": text, "name": text}}],
        }
        written = put(api, path, record | changes, WRITER)
        assert written.status_code == 200, written.text
        assert get(api, path, WRITER).content == written.content
        assert changes.items() <= written.json().items()

        for reader in READERS:
            for place, answer in texts_of(api, reader):
                assert not tells(answer, street, position), (reader, place)
        assert not tells(exported(api), street, position)
        totals = [
            api.client.get(f"/hsds/{kind}?search={word}").json()["total_items"]
            for word in ("hidden", "Sedge", "31.287")
        ]
        assert totals == [0, 0, 0]
        resource = "Organization" if kind == "organizations" else "HealthcareService"
        by_name = [
            api.client.get(f"/fhir/{resource}?name={word}").json()["total"] for word in ("the house is", "Sedge")
        ]
        assert by_name == [0, 0]


def tells(answer: str, street: str, position: str) -> bool:
    words = " ".join(words_of(answer.replace("\\n", " ").replace("_", " ")))
    return " ".join(words_of(street)) in words or " ".join(words_of(position)) in words


def test_both_guesses_leave_the_same_behind(api: Api) -> None:
    """To everybody but its writer a record holds the same, with the same tag, whichever address was written."""
    path = f"/v1/organizations/{WRITER}"
    record = get(api, path, WRITER).json()

    contents = []
    for street, position, again in GUESSES.values():
        assert put(api, path, record | {"description": f"{street} {position} {again}"}, WRITER).status_code == 200
        answer = get(api, path, "bright-basin-dental")
        contents.append((answer.content, answer.headers["etag"], api.client.get("/hsds/organizations?full=true").text))

    assert contents[0] == contents[1]
    assert "Not shown" in contents[0][0].decode()


def test_who_overwrites_a_text_unread_does_not_learn_whether_it_was_the_same(api: Api) -> None:
    """The directory version rises by one either way; for its own agency the same again changes nothing."""
    path, text = f"/v1/services/{ITS_LINE}", f"Ask at {TRUE_STREET}"
    record = get(api, path, WRITER).json()
    risen = []
    for guess in (text, "Ask at 4 Hidden Sedge Way"):
        assert put(api, path, record | {"description": text}, WRITER).status_code == 200
        document = get(api, path, "willow-bend-youth").json()
        before = version(api)
        assert put(api, path, document | {"description": guess}, "willow-bend-youth").status_code == 200
        risen.append(version(api) - before)
    before = version(api)
    assert put(api, path, get(api, path, WRITER).json(), WRITER).status_code == 200

    assert risen == [1, 1]
    assert version(api) == before


def version(api: Api) -> int:
    with open_database(api.settings) as database, database.unit_of_work(writes=False) as work:
        return CoalitionRepository(work).directory_version()


def test_without_an_address_key_such_a_text_is_refused_in_words(tmp_path: Path) -> None:
    """Right or wrong, with the same words, and nothing is stored; what holds no address is stored."""
    settings = demo_settings(tmp_path, rate_limit="1000000/minute")
    with running(settings.model_copy(update={"address_key": SecretStr("c" * 43 + "=")})) as api:
        path = f"/v1/services/{ITS_LINE}"
        record = get(api, path, WRITER).json()
        guesses = ("3 Hidden Sedge Way", "4 Hidden Sedge Way")
        refused = [put(api, path, record | {"description": guess}, WRITER) for guess in guesses]
        assert get(api, path, WRITER).json() == record
        assert put(api, path, record | {"description": "Plain words"}, WRITER).status_code == 200

    assert {answer.status_code for answer in refused} == {503}
    assert "address key" in refused[0].json()["detail"]
    assert steady(refused[0]) == steady(refused[1])


# --- whom it concerns -------------------------------------------------------------------------------------------------


def test_whose_address_it_is_hears_of_it_and_nobody_else_does(api: Api) -> None:
    """By record and field, never by value; for a wrong guess nothing; and the writer is told what others do not see."""
    path = f"/v1/services/{ITS_LINE}"
    record = get(api, path, WRITER).json()
    before = get(api, f"/v1/organizations/{HOUSE}", HOUSE).json()
    notices = {}
    for name, (street, *_) in GUESSES.items():
        assert put(api, path, record | {"description": f"Ask at {street}"}, WRITER).status_code == 200
        notices[name] = get(api, f"/v1/organizations/{HOUSE}", HOUSE).json().get("notices", [])
        others = [get(api, f"/v1/organizations/{HOUSE}", other) for other in (WRITER, "willow-bend-youth")]
        assert all("notices" not in answer.json() for answer in others)
        own = get(api, f"/v1/organizations/{WRITER}", WRITER).json()["notices"]
        pointer = f"/services/{ITS_LINE}/description"
        assert [(notice["id"], notice["pointer"]) for notice in own] == [("text_not_shown", pointer)]

    assert "notices" not in before
    assert notices["wrong"] == []
    [notice] = notices["right"]
    assert notice["id"] == "address_told_elsewhere"
    assert (notice["href"], notice["pointer"]) == (f"/v1/organizations/{WRITER}", f"/services/{ITS_LINE}/description")
    assert "Sedge" not in json.dumps(notice)


def test_an_address_that_is_declared_later_asks_nothing_of_texts_that_are_withheld(api: Api) -> None:
    """An agency with a private address of its own cannot try addresses on what others wrote before."""
    line = get(api, f"/v1/services/{ITS_LINE}", WRITER).json()
    assert put(api, f"/v1/services/{ITS_LINE}", line | {"description": "At 17 Guessed Road"}, WRITER).status_code == 200
    attacker = "anchor-loom-house"
    path = f"/v1/organizations/{attacker}"
    own = get(api, path, attacker).json()
    own["locations"][0]["addresses"][0]["address_1"] = "17 Guessed Road"

    assert put(api, path, own, attacker).status_code == 200
    assert put(
        api, f"/v1/services/{ITS_LINE}", get(api, f"/v1/services/{ITS_LINE}", attacker).json(), attacker
    ).is_success

    assert "notices" not in get(api, path, attacker).json()


@pytest.mark.parametrize("kind", ["services", "agreements"])
def test_a_member_that_declares_many_addresses_learns_of_none_of_them(api: Api, kind: str) -> None:
    """It is told nothing, by its record or by what is due, of what others write after; who is known to live there is.

    Of 400 streets that it declares one is the house's, and one is only in the text of a third agency.
    """
    attacker, guessed = "anchor-loom-house", ("3 Hidden Sedge Way", "17 Guessed Road")
    path = f"/v1/organizations/{attacker}"
    own = get(api, path, attacker).json()
    [place] = own["locations"]
    streets = (*guessed, *(f"{number} Invented Road" for number in range(1, 399)))
    own["locations"] = [
        but(place, "id") | {"slug": f"al-{at}", "addresses": [place["addresses"][0] | {"address_1": street}]}
        for at, street in enumerate(streets)
    ]
    assert put(api, path, own, attacker).status_code == 200
    text = f"Ask at {guessed[0]}, else at {guessed[1]}"
    if kind == "services":
        line = get(api, f"/v1/services/{ITS_LINE}", WRITER).json()
        assert put(api, f"/v1/services/{ITS_LINE}", line | {"description": text}, WRITER).status_code == 200
    else:
        items = get(api, "/v1/agreements?per_page=200", WRITER).json()["items"]
        shared = (item for item in items if WRITER in item["between"])
        agreement = next(item for item in shared if not {HOUSE, attacker} & {*item["between"]})
        changed = agreement | {"wants": {WRITER: text}}
        assert put(api, f"/v1/agreements/{agreement['id']}", changed, WRITER).status_code == 200

    assert [len(told_to(api, reader)) for reader in (attacker, HOUSE)] == [0, 1]
    bundle = parse_document(demo.coalition_bytes())[0]
    [house] = [organization for organization in bundle["organizations"] if organization["id"] == attacker]
    house["locations"][0]["addresses"][0]["address_1"] = guessed[1]
    with open_database(api.settings) as database:
        load_bundle(database.unit_of_work(), json.dumps(bundle).encode(), replace=False)
    again = get(api, f"/v1/organizations/{WRITER}", WRITER).json() | {"description": f"Near {guessed[1]}"}
    again.pop("notices", None)
    assert put(api, f"/v1/organizations/{WRITER}", again, WRITER).status_code == 200
    assert [notice["pointer"] for notice in told_to(api, attacker)] == ["/description"]  # once the coalition loaded it


def told_to(api: Api, organization: str) -> list[dict[str, Any]]:
    """What an organization is told of its address in others' records: by its record, and as much by what is due."""
    notices = get(api, f"/v1/organizations/{organization}", organization).json().get("notices", ())
    told = [notice for notice in notices if notice["id"] == "address_told_elsewhere"]
    items = get(api, "/v1/coalition/due", organization).json()["items"]
    assert len([item for item in items if item["kind"] == "address_told_elsewhere"]) == len(told)
    return told


@pytest.mark.parametrize("lives", ["already", "from now on", "by agreement", "by another's word"])
def test_nobody_is_told_of_the_record_of_an_agency_that_lives_there(api: Api, lives: str) -> None:
    """Who has the same address as another agency, or says so, does not learn it from what stands in that one's record.

    A public office, already and as of the same change; a house in an agreement of its own, and in its own record by an
    administrator's word.
    """
    bundle = parse_document(demo.coalition_bytes())[0]
    teller = WRITER if lives in ("already", "from now on") else HOUSE
    streets = {"marigold-house": SHARED} | ({} if lives == "from now on" else {teller: SHARED})
    for organization in bundle["organizations"]:
        if street := streets.get(organization["id"]):
            organization["locations"][0]["addresses"][0]["address_1"] = street
    load_demo(api.settings, json.dumps(bundle).encode())
    path, writer, text = f"/v1/organizations/{teller}", WRITER, f"Come to the back of {SHARED}"
    if lives == "by agreement":
        items = get(api, "/v1/agreements?per_page=200", HOUSE).json()["items"]
        record = next(item for item in items if HOUSE in item["between"] and "marigold-house" not in item["between"])
        path, writer, record = f"/v1/agreements/{record['id']}", HOUSE, record | {"wants": {HOUSE: text}}
    else:
        record = but(get(api, path, writer).json(), "notices") | {"description": text}
    if lives == "from now on":
        record["locations"][0]["addresses"][0]["address_1"] = SHARED

    assert put(api, path, record, writer).status_code == 200

    assert told_to(api, "marigold-house") == []
    line = get(api, f"/v1/services/{ITS_LINE}", WRITER).json() | {"description": text}
    if teller == HOUSE:  # elsewhere it is told, and so is the house
        assert put(api, f"/v1/services/{ITS_LINE}", line, WRITER).status_code == 200
        assert [len(told_to(api, reader)) for reader in ("marigold-house", HOUSE)] == [1, 1]


def test_a_guess_costs_the_same_whether_somebody_lives_there_or_not(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """In statements, and in seals opened and made: of a write, and of what its writer reads after it."""
    costs: list[Counter[str]] = []

    def counting(act: Callable[..., str], name: str) -> Callable[..., str]:
        def counted(*arguments: Any) -> str:
            costs[-1][name] += 1
            return act(*arguments)

        return counted

    for name in ("open", "seal"):
        monkeypatch.setattr(AddressCipher, name, counting(getattr(AddressCipher, name), name))
    caller = build_caller(organization=WRITER, scopes=[READ, WRITE])
    record = get(api, f"/v1/services/{ITS_LINE}", WRITER).json()
    with open_database(api.settings) as database:
        event.listen(database.engine, "before_cursor_execute", lambda *_: costs[-1].update(["statement"]))
        for street in ("1 Hidden Sedge Way", TRUE_STREET, "2 Hidden Sedge Way", TRUE_STREET, "4 Hidden Sedge Way"):
            costs.append(Counter())
            body = read_body("services", json.dumps(record | {"description": f"Ask at {street}"}).encode())
            put_object(
                database.unit_of_work(), caller, "services", ITS_LINE, body=body, condition=Condition(frozenset({"*"}))
            )
            get_object(database.unit_of_work(writes=False), caller, "organizations", WRITER)

    assert all(costs[1][part] for part in ("open", "seal", "statement"))
    assert costs[1:] == costs[1:2] * 4


def test_who_does_not_see_a_text_leaves_it_as_it_is(api: Api) -> None:
    """Put back as it was shown, by an administrator or with another service, it stays; a new text replaces it."""
    path, text = f"/v1/services/{ITS_LINE}", "Ask at 9 Somewhere Else Road"
    record = get(api, path, WRITER).json()
    assert put(api, path, record | {"description": text}, WRITER).status_code == 200
    assert get(api, path, WRITER).json()["description"] == text

    body = get(api, path, "willow-bend-youth").json()
    assert put(api, path, body | {"alternate_name": "Line"}, "willow-bend-youth").status_code == 200
    organization = get(api, f"/v1/organizations/{WRITER}", "willow-bend-youth").json()
    organization["services"].reverse()
    assert put(api, f"/v1/organizations/{WRITER}", organization, "willow-bend-youth").status_code == 200
    document = get(api, path, WRITER).json()
    assert document.pop("last_modified") > record.pop("last_modified")
    assert document == record | {"description": text, "alternate_name": "Line"}

    assert put(api, path, body | {"description": "Ask the desk"}, "willow-bend-youth").status_code == 200
    assert get(api, path, WRITER).json()["description"] == "Ask the desk"
    assert "notices" not in get(api, f"/v1/organizations/{WRITER}", WRITER).json()


def test_a_text_that_stands_openly_already_stays_open(api: Api) -> None:
    """What the coalition's own file said of an agency is not taken back when the agency changes its telephone."""
    path = f"/v1/organizations/{WRITER}"
    bundle, _ = parse_document(demo.coalition_bytes())
    [own] = [organization for organization in bundle["organizations"] if organization["id"] == WRITER]
    own["description"] = "Walk in at 18 Wicket Row."
    load_demo(api.settings, json.dumps(bundle).encode())
    own = get(api, path, "juniper-bridge-hotline").json()

    assert put(api, path, own | {"phones": [{"number": "555-0198"}]}, "juniper-bridge-hotline").status_code == 200

    assert get(api, path, HOUSE).json()["description"] == "Walk in at 18 Wicket Row."


@pytest.mark.parametrize("name", ["3-hidden-sedge-way", "4-hidden-sedge-way"])
def test_no_name_may_be_a_street(api: Api, name: str) -> None:
    """A name stands in every path: it is refused for its words, whether somebody lives there or not."""
    body = get(api, f"/v1/services/{ITS_LINE}", WRITER).json()
    fields = {key: value for key, value in body.items() if key not in ("id", "slug")}
    own = get(api, f"/v1/organizations/{WRITER}", WRITER).json()
    more = own | {"services": [*own["services"], {**fields, "slug": name, "organization": None}]}
    more["services"][-1].pop("organization")

    alone = put(api, f"/v1/services/{name}", fields, WRITER, **{"If-None-Match": "*"})
    nested = put(api, f"/v1/organizations/{WRITER}", more, WRITER)

    assert alone.status_code == nested.status_code == 422
    assert [error["pointer"] for error in alone.json()["errors"]] == ["/slug"]
    assert [error["pointer"] for error in nested.json()["errors"]] == [f"/services/{len(own['services'])}/slug"]


def test_agreements_forms_and_words_withhold_alike(api: Api) -> None:
    """What two agencies agreed on is whole for them alone; the coalition's forms and codes for who may write them."""
    agreement = next(
        item for item in get(api, "/v1/agreements?per_page=200", WRITER).json()["items"] if WRITER in item["between"]
    )
    text = f"A bed at {TRUE_STREET}"
    path = f"/v1/agreements/{agreement['id']}"
    assert put(api, path, agreement | {"wants": {WRITER: text}}, WRITER).status_code == 200
    form = get(api, "/v1/release-forms?per_page=1", WRITER).json()["items"][0]
    assert put(api, f"/v1/release-forms/{form['id']}", form | {"name": text}, WRITER).status_code == 200

    assert get(api, path, WRITER).json()["wants"] == {WRITER: text}
    assert get(api, f"/v1/release-forms/{form['id']}", WRITER).json()["name"] == text
    for reader in ("bright-basin-dental", "heron-legal"):
        for path in (f"/v1/agreements/{agreement['id']}", "/v1/agreements?per_page=200", "/v1/release-forms"):
            answer = api.client.get(path, headers=api.bearer(READ, organization=reader))
            assert "Sedge" not in answer.text
