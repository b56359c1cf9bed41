"""Sessions and login codes: known by a digest alone, spent once, ended by time, person, organization, key; on both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from bundle_builders import bundle_bytes, good_bundle
from sqlalchemy import Engine, select, update

from service.database import clock
from service.database.field_cipher import AddressCipher
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.directory.use_cases.load_bundle import load_bundle
from service.errors import NotFound
from service.security import Caller, build_caller
from service.sessions import keep_sessions
from service.sessions.tables import LoginCode, PageSession

CALLER = build_caller(organization="harbor-house", scopes=["route", "referral"], subject="desk-7")
TRUSTED = frozenset({("link", None), ("link", "key-1"), ("issuer", "theirs")}).__contains__
"""The ways in whose keys are still there."""
_sessions, _codes = table_of(PageSession), table_of(LoginCode)


@pytest.fixture(autouse=True)
def _house(unit_of_work: UnitOfWork) -> None:
    """The organizations of the callers stand in the directory."""
    load_bundle(unit_of_work, bundle_bytes(good_bundle()), replace=False)


@pytest.fixture
def reading(engine: Engine, cipher: AddressCipher) -> UnitOfWork:
    return UnitOfWork(engine, cipher, writes=False)


def move_back(engine: Engine, **columns: timedelta) -> None:
    """Make sessions and codes older by so much."""
    with engine.begin() as connection:
        for table in (_sessions, _codes):
            for row in connection.execute(select(table)).all():
                older = {name: getattr(row, name) - by for name, by in columns.items() if name in table.c}
                if older:
                    connection.execute(update(table).where(table.c.digest == row.digest).values(**older))


def rows(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return [*connection.execute(select(_sessions)).all(), *connection.execute(select(_codes)).all()]


def begin(work: UnitOfWork, caller: Caller = CALLER, **more: str) -> str:
    token = keep_sessions.begin_session(work, caller, language="en", **more)
    assert token is not None
    return token


def code_for(work: UnitOfWork, caller: Caller = CALLER) -> str:
    code = keep_sessions.make_login_code(work, caller)
    assert code is not None
    return code


def test_a_token_gives_back_for_whom_it_was_made(unit_of_work: UnitOfWork, reading: UnitOfWork) -> None:
    """Caller and language as they were; another token, or a piece of this one, gives no session."""
    token = begin(unit_of_work)

    session = keep_sessions.find_session(reading, unit_of_work, TRUSTED, token)
    assert session is not None
    assert (session.caller, session.language) == (CALLER, "en")
    keep_sessions.set_language(unit_of_work, token, "es")
    changed = keep_sessions.find_session(reading, unit_of_work, TRUSTED, token)
    assert changed is not None
    assert changed.language == "es"
    for other in (token[:-1], f"{token}x", "", "\0", "\ud800", begin(unit_of_work)[::-1]):
        assert keep_sessions.find_session(reading, unit_of_work, TRUSTED, other) is None


def test_neither_token_nor_code_is_stored(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """A row holds a digest; with what is stored nobody signs in."""
    token = begin(unit_of_work)
    code = code_for(unit_of_work)

    assert token not in repr(rows(engine))
    assert code not in repr(rows(engine))
    for row in rows(engine):
        digest = row.digest  # type: ignore[attr-defined]
        assert keep_sessions.find_session(unit_of_work, unit_of_work, TRUSTED, digest) is None
        assert keep_sessions.spend_login_code(unit_of_work, TRUSTED, digest) is None


@pytest.mark.parametrize(
    ("age", "lives"),
    [
        ({"used_at": timedelta(minutes=59)}, True),
        ({"used_at": timedelta(minutes=60)}, False),
        ({"begun_at": timedelta(hours=11, minutes=59)}, True),
        ({"begun_at": timedelta(hours=12)}, False),
    ],
)
def test_a_session_ends_an_hour_unused_and_after_twelve_hours(
    age: dict[str, timedelta], *, lives: bool, unit_of_work: UnitOfWork, reading: UnitOfWork, engine: Engine
) -> None:
    """However often it is used; an ended one is found no more, and its row goes when the next one begins."""
    token = begin(unit_of_work)
    move_back(engine, **age)

    session = keep_sessions.find_session(reading, unit_of_work, TRUSTED, token)

    assert (session is not None) == lives
    begin(unit_of_work)
    assert len(rows(engine)) == (2 if lives else 1)


def test_use_keeps_a_session_alive(unit_of_work: UnitOfWork, reading: UnitOfWork, engine: Engine) -> None:
    """Used after 59 minutes it lives for an hour more; within a minute the same use is not written again."""
    token = begin(unit_of_work)
    for _ in range(2):
        move_back(engine, used_at=timedelta(minutes=59))
        assert keep_sessions.find_session(reading, unit_of_work, TRUSTED, token) is not None

    before = rows(engine)
    keep_sessions.find_session(reading, unit_of_work, TRUSTED, token)
    assert rows(engine) == before


def test_signing_in_again_ends_what_the_browser_had(unit_of_work: UnitOfWork, reading: UnitOfWork) -> None:
    """A token that was planted before sign-in is worth nothing after it."""
    planted = begin(unit_of_work)
    token = begin(unit_of_work, instead_of=planted)

    assert keep_sessions.find_session(reading, unit_of_work, TRUSTED, planted) is None
    assert keep_sessions.find_session(reading, unit_of_work, TRUSTED, token) is not None
    keep_sessions.end_session(unit_of_work, token)
    assert keep_sessions.find_session(reading, unit_of_work, TRUSTED, token) is None


def test_a_page_left_open_ends_a_session_that_no_page_uses(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """After ten minutes; a session that another page uses goes on."""
    token = begin(unit_of_work)

    assert not keep_sessions.lock_session(unit_of_work, token)
    move_back(engine, used_at=timedelta(minutes=9))
    assert not keep_sessions.lock_session(unit_of_work, token)
    move_back(engine, used_at=timedelta(minutes=1))
    assert keep_sessions.lock_session(unit_of_work, token)
    assert rows(engine) == []


def test_a_code_is_spent_once_and_within_ten_minutes(
    unit_of_work: UnitOfWork, reading: UnitOfWork, engine: Engine
) -> None:
    """Its caller is signed in the first time; later, twice, or changed, nobody is."""
    code = code_for(unit_of_work)
    move_back(engine, made_at=timedelta(minutes=9, seconds=50))

    assert keep_sessions.spend_login_code(unit_of_work, TRUSTED, f"{code}x") is None
    token = keep_sessions.spend_login_code(unit_of_work, TRUSTED, code, language="es", label="desk 2")
    assert token is not None
    [item] = listed(reading, CALLER)
    session = keep_sessions.find_session(reading, unit_of_work, TRUSTED, token)
    assert session == keep_sessions.Session(CALLER, "es", item["id"])
    assert (item["label"], item["way"]) == ("desk 2", "link")
    assert keep_sessions.spend_login_code(unit_of_work, TRUSTED, code) is None

    late = code_for(unit_of_work)
    move_back(engine, made_at=timedelta(minutes=10))
    assert keep_sessions.spend_login_code(unit_of_work, TRUSTED, late) is None
    begin(unit_of_work, instead_of=token)
    assert len(rows(engine)) == 1


def test_of_many_that_spend_one_code_one_signs_in(engine: Engine, cipher: AddressCipher) -> None:
    """Eight at the same moment: one session, seven refusals."""
    code = code_for(UnitOfWork(engine, cipher))
    start = Barrier(8)

    def spend(_: int) -> object:
        start.wait()
        return keep_sessions.spend_login_code(UnitOfWork(engine, cipher), TRUSTED, code)

    with ThreadPoolExecutor(8) as pool:
        spent = list(pool.map(spend, range(8)))

    assert spent.count(None) == 7
    assert len(rows(engine)) == 1


def test_time_is_the_databases(unit_of_work: UnitOfWork) -> None:
    """A session begins at the moment that every process agrees on."""
    with unit_of_work:
        before = clock.now(unit_of_work.session)
    begin(unit_of_work)
    with unit_of_work:
        begun = unit_of_work.session.execute(select(_sessions.c.begun_at)).scalar_one()
        assert before <= begun <= clock.now(unit_of_work.session)


# --- what a session ends with ----------------------------------------------------------------------------------------


WITHOUT_THE_HOUSE = {
    "coalition": {
        "slug": "tri-county",
        "name": "Tri-County Coalition",
        "timezone": "America/Chicago",
        "policy_packs": ["federal"],
    },
    "organizations": [{"id": "tri-county-hotline", "name": "Hotline"}],
}
DESK_8 = replace(CALLER, subject="desk-8")
HOTLINE = build_caller(organization="tri-county-hotline", scopes=["route"], subject="desk-7")
ADMIN = build_caller(organization="harbor-house", scopes=["organization:admin"], subject="head")


def test_a_session_ends_with_its_organization(unit_of_work: UnitOfWork, reading: UnitOfWork) -> None:
    """Once the organization is not in the directory: no session of it, no list, no new one, and no code."""
    token, code = begin(unit_of_work), code_for(unit_of_work)
    load_bundle(unit_of_work, bundle_bytes(WITHOUT_THE_HOUSE), replace=True)

    assert keep_sessions.find_session(reading, unit_of_work, TRUSTED, token) is None
    assert listed(reading, ADMIN) == []
    assert keep_sessions.spend_login_code(unit_of_work, TRUSTED, code) is None
    assert keep_sessions.make_login_code(unit_of_work, CALLER) is None
    assert begin(unit_of_work, HOTLINE)


@pytest.mark.parametrize(("way", "key"), [("link", "key-1"), ("issuer", "theirs")])
def test_a_session_ends_with_the_key_that_it_came_of(
    way: str, key: str, unit_of_work: UnitOfWork, reading: UnitOfWork
) -> None:
    """While the key is there the session goes on; without it, or by another way in, none does, and none is listed."""
    token = begin(unit_of_work, replace(CALLER, key=key), way=way)
    session = keep_sessions.find_session(reading, unit_of_work, TRUSTED, token)
    assert session is not None
    assert session.caller.key == key

    for others in (set(), {(way, None)}, {(way, "key-2")}, {("issuer" if way == "link" else "link", key)}):
        assert keep_sessions.find_session(reading, unit_of_work, others.__contains__, token) is None
        page = keep_sessions.list_sessions(reading, CALLER, others.__contains__, page=1, per_page=9)
        assert (page.document["items"], page.document["total"]) == ([], 0)
    assert len(listed(reading, CALLER)) == 1


def test_a_code_ends_with_the_key_that_it_came_of(unit_of_work: UnitOfWork) -> None:
    """A link that was printed before its key was removed signs nobody in, and is spent."""
    code = code_for(unit_of_work, replace(CALLER, key="key-1"))

    assert keep_sessions.spend_login_code(unit_of_work, set[object]().__contains__, code) is None
    assert keep_sessions.spend_login_code(unit_of_work, TRUSTED, code) is None


def listed(reading: UnitOfWork, caller: Caller) -> list[dict[str, object]]:
    items: list[dict[str, object]] = keep_sessions.list_sessions(
        reading, caller, TRUSTED, page=1, per_page=50
    ).document["items"]
    return items


def test_a_list_holds_ones_own_and_for_an_administrator_the_organizations(
    unit_of_work: UnitOfWork, reading: UnitOfWork, engine: Engine
) -> None:
    """By organization and subject; the same subject elsewhere is somebody else. No item names a person or a token."""
    tokens = [begin(unit_of_work, CALLER, label="desk 2"), begin(unit_of_work, DESK_8), begin(unit_of_work, HOTLINE)]
    move_back(engine, begun_at=timedelta(minutes=1))
    tokens.append(begin(unit_of_work, CALLER))

    assert [(item["label"], item["own"], item["way"]) for item in listed(reading, CALLER)] == [
        *[("desk 2", True, "link"), (None, True, "link")]
    ]
    assert [item["own"] for item in listed(reading, ADMIN)] == [False] * 3
    assert len(listed(reading, HOTLINE)) == 1
    text = repr(listed(reading, ADMIN))
    assert not [word for word in (*tokens, "desk-7", "desk-8", "harbor-house") if word in text]
    for wide in (1, 2, 50):  # pages hold each session once, in one order
        pages = [
            keep_sessions.list_sessions(reading, ADMIN, TRUSTED, page=number, per_page=wide).document["items"]
            for number in range(1, 5)
        ]
        assert [item for page in pages for item in page] == listed(reading, ADMIN)


def test_who_may_list_a_session_may_end_it(unit_of_work: UnitOfWork, reading: UnitOfWork) -> None:
    """One at a time, by its id; whoever may not list it hears the same as of none, and nothing ends."""
    mine, theirs = begin(unit_of_work), begin(unit_of_work, DESK_8)
    [of_mine], [of_theirs] = listed(reading, CALLER), listed(reading, DESK_8)

    for caller, session_id in ((CALLER, of_theirs["id"]), (HOTLINE, of_mine["id"]), (CALLER, "none"), (ADMIN, "none")):
        with pytest.raises(NotFound):
            keep_sessions.end_listed_session(unit_of_work, caller, str(session_id))
    assert len(listed(reading, ADMIN)) == 2
    keep_sessions.end_listed_session(unit_of_work, CALLER, str(of_mine["id"]).upper())
    keep_sessions.end_listed_session(unit_of_work, ADMIN, str(of_theirs["id"]))
    assert listed(reading, ADMIN) == []
    for token in (mine, theirs):
        assert keep_sessions.find_session(reading, unit_of_work, TRUSTED, token) is None
    with pytest.raises(NotFound):
        keep_sessions.end_listed_session(unit_of_work, CALLER, str(of_mine["id"]))


def test_a_person_ends_all_of_their_own(unit_of_work: UnitOfWork, reading: UnitOfWork) -> None:
    """Every session of organization and subject and every unspent link; nobody else's, not with any scope."""
    for caller in (CALLER, CALLER, DESK_8, HOTLINE, ADMIN):
        begin(unit_of_work, caller)
    code, others = code_for(unit_of_work), code_for(unit_of_work, DESK_8)
    keep_sessions.end_own_sessions(unit_of_work, ADMIN)
    assert len(listed(reading, ADMIN)) == 3

    keep_sessions.end_own_sessions(unit_of_work, CALLER)

    assert len(listed(reading, ADMIN)) == len(listed(reading, DESK_8)) == len(listed(reading, HOTLINE)) == 1
    assert keep_sessions.spend_login_code(unit_of_work, TRUSTED, code) is None
    assert keep_sessions.spend_login_code(unit_of_work, TRUSTED, others) is not None


RACES = 40


@pytest.mark.parametrize("whose", ["own", "organization"])
def test_nobody_signs_in_past_the_end_of_all_sessions(engine: Engine, cipher: AddressCipher, whose: str) -> None:
    """Whoever spends a link while all sessions end has a session that ends too, or none: none is left in any order."""

    def sign_in(code: str, start: Barrier) -> None:
        start.wait()
        keep_sessions.spend_login_code(UnitOfWork(engine, cipher), TRUSTED, code)

    def end(start: Barrier) -> None:
        start.wait()
        if whose == "own":
            keep_sessions.end_own_sessions(UnitOfWork(engine, cipher), CALLER)
        else:
            keep_sessions.end_all_sessions(UnitOfWork(engine, cipher), CALLER.organization)

    with ThreadPoolExecutor(5) as pool:
        for _ in range(RACES):
            start = Barrier(5)
            codes = [code_for(UnitOfWork(engine, cipher)) for _ in range(4)]
            for done in [*(pool.submit(sign_in, code, start) for code in codes), pool.submit(end, start)]:
                done.result()
            assert rows(engine) == []


def test_the_operator_ends_an_organizations_or_all(unit_of_work: UnitOfWork, reading: UnitOfWork) -> None:
    """With unspent links; how many sessions went on until then is told, and ended ones are not counted."""
    for caller in (CALLER, DESK_8, HOTLINE):
        begin(unit_of_work, caller)
    code, theirs = code_for(unit_of_work), code_for(unit_of_work, HOTLINE)
    everything = keep_sessions.list_all_sessions(reading, TRUSTED, None, page=1, per_page=9).document["items"]
    assert sorted(item["organization"] for item in everything) == [*["harbor-house"] * 2, "tri-county-hotline"]

    assert keep_sessions.end_all_sessions(unit_of_work, "harbor-house") == 2
    assert keep_sessions.spend_login_code(unit_of_work, TRUSTED, code) is None
    [item] = keep_sessions.list_all_sessions(reading, TRUSTED, None, page=1, per_page=9).document["items"]
    assert keep_sessions.end_any_session(unit_of_work, "none") == 0
    assert keep_sessions.end_any_session(unit_of_work, item["id"]) == 1
    assert keep_sessions.end_all_sessions(unit_of_work, None) == 0
    assert keep_sessions.spend_login_code(unit_of_work, TRUSTED, theirs) is None
