"""Codes in two languages: which words they hold, how they are read, and that no two are read alike."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from loop_builders import CLINIC, LEGAL, SENDER, Loop, coalition, consent_terms, loop_over, loop_settings
from sqlalchemy import update

from service.database.key_ring import CodeKey, KeyRing
from service.database.store_keys import build_keys
from service.database.table_base import table_of
from service.i18n import spoken_codes as codes
from service.i18n.spoken_codes import (
    CONSENT_WORDS,
    LANGUAGES,
    REFERRAL_WORDS,
    former_words,
    is_clear,
    new_code,
    normal_code,
    words,
)
from service.referrals.store.tables import Consent, Referral

COUNTS = (REFERRAL_WORDS, CONSENT_WORDS)
GRIEVANCE = {"about": {"coalition": True}, "codes": ["other"]}
DENTAL = [{"type": "dental", "urgency": "later"}]
REASONS = {
    "violence", "body", "crime", "custody", "drink", "religion", "insult", "fear", "trade", "family",
}  # fmt: skip
NEVER = {
    "en": "abuse addict alcohol alien blood body bomb crime gun insane judge kiss police prison soul ugly victim wine",
    "es": "abuso adicto alma beso bomba cárcel crimen diablo droga juez policía prisión sangre satán sexo tonto vino",
}


@pytest.fixture
def either(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    """The coalition on either kind of database."""
    fill(database_url)
    with loop_over(loop_settings(database_url, tmp_path, grievance_body=LEGAL), coalition()) as loop:
        yield loop


def left_out(language: str) -> dict[str, list[str]]:
    text = resources.files(codes).joinpath("left_out.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_holds_the_words_that_may_be_said_to_anybody(language: str) -> None:
    """At least 1,900, each once however it is typed; a word left out has one reason, and was in the list."""
    listed, reasons = words(language), left_out(language)
    gone = [word for reason in reasons.values() for word in reason]

    assert set(reasons) <= REASONS
    assert len(listed) >= 1900
    assert len(listed) + len(gone) == 2048 == len({*listed, *gone})
    assert len(set(map(normal_code, listed))) == len(listed)
    assert set(listed).isdisjoint(NEVER[language].split())
    assert all(word.isalpha() and word.islower() for word in listed)
    assert CONSENT_WORDS * math.log2(len(listed)) > 43.5
    assert REFERRAL_WORDS * math.log2(len(listed)) > 32.6


def test_what_no_code_said_before_no_code_says_now() -> None:
    """Words that were left out of the list before are in no list; no former word begins another."""
    former = former_words()

    assert set(words("en")).isdisjoint(codes._FORMERLY_LEFT_OUT.split())
    assert not [pair for pair in pairwise(former) if pair[1].startswith(pair[0])]


@pytest.mark.parametrize("count", COUNTS)
@given(data=st.data())
def test_two_codes_are_never_read_alike(count: int, data: st.DataObject) -> None:
    """However a code's letters are cut into as many words of one list, its own words come out."""
    language = data.draw(st.sampled_from([*LANGUAGES]))
    code = codes.code_from(data.draw(st.integers(0, 2**256 - 1)), count, language)
    lists = [*map(words, LANGUAGES), former_words()]

    readings = {cut for listed in lists for cut in cuts(normal_code(code), count, listed)}

    assert readings == {tuple(map(normal_code, code.split("-")))}


def cuts(text: str, count: int, listed: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The ways to read letters as words of a list, by a pattern of the list's words, for the last word first."""
    if count == 0:
        return [()] if text == "" else []
    endings = [word for word in map(normal_code, listed) if text.endswith(word)]
    return [(*rest, word) for word in endings for rest in cuts(text[: -len(word)], count - 1, listed)]


@pytest.mark.parametrize("spoken", ["car agent echo", "tent idea void", "cara gen techo", "sermón edad olor"])
def test_words_with_another_reading_make_no_code(spoken: str) -> None:
    """`cara gen techo` and `car agent echo` are the same letters; the number that leads there gives another code."""
    drawn = spoken.split()
    language = next(name for name in LANGUAGES if set(drawn) <= set(words(name)))
    size, number = len(words(language)), 0
    for word in reversed(["ability" if language == "en" else "ábaco", *drawn][1:]):
        number = number * size + words(language).index(word)

    assert not is_clear(drawn)
    assert codes.code_from(number, len(drawn), language).split("-") != drawn


@given(st.sampled_from([*LANGUAGES]), st.sampled_from(COUNTS), st.data())
@example("es", 3, None)
def test_case_accents_blanks_and_hyphens_do_not_count(language: str, count: int, data: st.DataObject | None) -> None:
    """The order of the words does."""
    code = new_code(count, language) if data else "ñandú-árbol-cañón"
    plain = code.translate(str.maketrans("áéíóúñü", "aeiounu"))
    between = data.draw(st.sampled_from([" ", "", "  ", " - ", "\u2011", "\u00a0"])) if data else "\u2013"

    assert normal_code(plain.upper().replace("-", between)) == normal_code(code)
    backwards = "-".join(reversed(code.split("-")))
    assert (normal_code(backwards) == normal_code(code)) == (backwards == code)


@pytest.mark.parametrize(("accepted", "language"), [("fr, es-MX;q=0.4, en;q=0.1", "es"), ("fr", "en")])
def test_a_code_is_in_the_language_asked_for_and_is_understood_in_each(
    either: Loop, accepted: str, language: str
) -> None:
    """For consents, referrals and grievances; looked up without accents by one who asks in the other language."""
    documents = [
        either.call("POST", "/v1/consents", body=consent_terms(), accept_language=accepted).json(),
        sent(either, accepted),
        either.client.post("/v1/grievances", json=GRIEVANCE, headers={"Accept-Language": accepted}).json(),
    ]
    spoken = [parts["code"].split("-") for parts in documents]

    assert [len(parts) for parts in spoken] == [4, 3, 4]
    assert all(set(parts) <= set(words(language)) for parts in spoken)
    typed = [" ".join(normal_code(word) for word in parts).upper() for parts in spoken]
    other = "en" if language == "es" else "es"
    response = either.call("POST", "/v1/consents/look-up", SENDER, {"code": typed[0]}, accept_language=other)
    assert response.json()["id"] == documents[0]["id"]
    response = either.call("POST", "/v1/referrals/look-up", CLINIC, {"code": typed[1]}, accept_language=other)
    assert response.json()["id"] == documents[1]["id"]
    response = either.client.post("/v1/grievances/look-up", json={"code": typed[2]}, headers={"Accept-Language": other})
    assert response.json()["status"] == "filed"
    assert either.view(documents[1]["id"], SENDER).json()["code"] == documents[1]["code"]


def sent(loop: Loop, accepted: str, key: str | None = None) -> dict[str, Any]:
    body = {
        "profile": {"client": {"age": 30, "languages": ["en"]}, "needs": DENTAL, "facts": {"client_present": True}},
        "step": {"to": CLINIC, "services": ["teeth"], "mode": "warm"},
        "agreed": True,
    }
    key = key or new_code(CONSENT_WORDS, "en")
    response = loop.call("POST", "/v1/referrals", SENDER, body, idempotency_key=key, accept_language=accepted)
    assert response.status_code == 201, response.text
    return dict(response.json())


def test_the_same_request_in_another_language_gives_the_code_that_was_given(either: Loop) -> None:
    """A code that was said once stays the code."""
    first, again = (sent(either, accepted, "the-same-request") for accepted in ("es", "en"))

    ids = {part: [rule["id"] for rule in first[part]] for part in ("rules", "obligations")}
    assert ids == {part: [rule["id"] for rule in again[part]] for part in ids}
    assert first | ids == again | ids


@pytest.mark.parametrize("accepted", ["es", "en"])
def test_a_code_stays_as_it_is_whatever_the_receiver_does(either: Loop, accepted: str) -> None:
    """Also once the referral is closed on the far side, and its digest is gone: the sender must not see that."""
    document = sent(either, accepted)
    before = either.view(document["id"], SENDER)
    assert either.move(document["id"], CLINIC, "declined", reason="unsafe").status_code == 200

    after = either.view(document["id"], SENDER)

    assert (after.json(), after.headers["etag"]) == (before.json(), before.headers["etag"])
    assert after.json()["code"] == document["code"]


def test_codes_given_before_are_understood(either: Loop) -> None:
    """In look-up, withdrawal and profiles; the sender of a referral reads the very code that was given then."""
    document, consent = sent(either, "es"), either.consent()
    with either.database.unit_of_work() as work:
        ring = KeyRing(build_keys(either.settings))
        spoken = ring.referral_code(document["id"], ring.newest.name, None) or ""
        former = "-".join(former_words()[place] for place in (7, 77, 777, 4007))
        for table, key, code in ((Referral, document["id"], spoken), (Consent, consent["id"], former)):
            rows = table_of(table)
            changed = {"code_digest": as_before(ring.newest, code)}
            if table is Referral:
                changed["code_language"] = None
            work.session.execute(update(rows).where(rows.c.id == key).values(changed))
        work.commit()

    assert set(spoken.split("-")) <= set(former_words())
    assert either.view(document["id"], SENDER).json()["code"] == spoken
    response = either.call("POST", "/v1/referrals/look-up", CLINIC, {"code": spoken.replace("-", " ").upper()})
    assert response.json()["id"] == document["id"]
    response = either.call("POST", "/v1/consents/look-up", SENDER, {"code": former})
    assert response.json()["id"] == consent["id"]
    profile = {
        "origin": SENDER, "client": {"age": 30}, "needs": DENTAL, "facts": {}, "consents": [{"code": former}],
    }  # fmt: skip
    assert either.call("POST", "/v1/referral-paths", SENDER, profile).status_code == 200
    assert either.call("POST", "/v1/consent-withdrawals", CLINIC, {"code": former}).status_code == 202


def as_before(key: CodeKey, code: str) -> str:
    """The digest of a code as it was made before there were accents in codes."""
    return str(key.digest("code:" + re.sub(r"[\s-]", "", code.casefold())))
