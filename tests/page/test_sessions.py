"""Sessions and login codes: known by a digest alone, ended by time, spent once; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, select, update

from service.auth import build_caller
from service.store import AddressVault, UnitOfWork, clock
from service.store.page_tables import LoginCode, PageSession
from service.store.table_base import table_of
from service.usecases import keep_sessions

CALLER = build_caller(organization="harbor-house", scopes=["route", "referral"], subject="desk-7")
_sessions, _codes = table_of(PageSession), table_of(LoginCode)


@pytest.fixture
def reading(engine: Engine, vault: AddressVault) -> UnitOfWork:
    return UnitOfWork(engine, vault, writes=False)


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


def begin(work: UnitOfWork, **more: str) -> str:
    return keep_sessions.begin_session(work, CALLER, language="en", **more)


def test_a_token_gives_back_for_whom_it_was_made(unit_of_work: UnitOfWork, reading: UnitOfWork) -> None:
    """Caller and language as they were; another token, or a piece of this one, gives no session."""
    token = begin(unit_of_work)

    found = keep_sessions.find_session(reading, unit_of_work, token)
    assert found is not None
    assert (found.caller, found.language) == (CALLER, "en")
    keep_sessions.set_language(unit_of_work, token, "es")
    changed = keep_sessions.find_session(reading, unit_of_work, token)
    assert changed is not None
    assert changed.language == "es"
    for other in (token[:-1], f"{token}x", "", "\0", "\ud800", begin(unit_of_work)[::-1]):
        assert keep_sessions.find_session(reading, unit_of_work, other) is None


def test_neither_token_nor_code_is_stored(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """A row holds a digest; with what is stored nobody signs in."""
    token = begin(unit_of_work)
    code = keep_sessions.make_login_code(unit_of_work, CALLER)

    assert token not in repr(rows(engine))
    assert code not in repr(rows(engine))
    for row in rows(engine):
        digest = row.digest  # type: ignore[attr-defined]
        assert keep_sessions.find_session(unit_of_work, unit_of_work, digest) is None
        assert keep_sessions.spend_login_code(unit_of_work, digest) is None


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

    found = keep_sessions.find_session(reading, unit_of_work, token)

    assert (found is not None) == lives
    begin(unit_of_work)
    assert len(rows(engine)) == (2 if lives else 1)


def test_use_keeps_a_session_alive(unit_of_work: UnitOfWork, reading: UnitOfWork, engine: Engine) -> None:
    """Used after 59 minutes it lives for an hour more; within a minute the same use is not written again."""
    token = begin(unit_of_work)
    for _ in range(2):
        move_back(engine, used_at=timedelta(minutes=59))
        assert keep_sessions.find_session(reading, unit_of_work, token) is not None

    before = rows(engine)
    keep_sessions.find_session(reading, unit_of_work, token)
    assert rows(engine) == before


def test_signing_in_again_ends_what_the_browser_had(unit_of_work: UnitOfWork, reading: UnitOfWork) -> None:
    """A token that was planted before sign-in is worth nothing after it."""
    planted = begin(unit_of_work)
    token = begin(unit_of_work, instead_of=planted)

    assert keep_sessions.find_session(reading, unit_of_work, planted) is None
    assert keep_sessions.find_session(reading, unit_of_work, token) is not None
    keep_sessions.end_session(unit_of_work, token)
    assert keep_sessions.find_session(reading, unit_of_work, token) is None


def test_a_page_left_open_ends_a_session_that_no_page_uses(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """After ten minutes; a session that another page uses goes on."""
    token = begin(unit_of_work)

    assert not keep_sessions.lock_session(unit_of_work, token)
    move_back(engine, used_at=timedelta(minutes=9))
    assert not keep_sessions.lock_session(unit_of_work, token)
    move_back(engine, used_at=timedelta(minutes=1))
    assert keep_sessions.lock_session(unit_of_work, token)
    assert rows(engine) == []


def test_a_code_is_spent_once_and_within_ten_minutes(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """Its caller comes back the first time; later, twice, or changed, none does."""
    code = keep_sessions.make_login_code(unit_of_work, CALLER)
    move_back(engine, made_at=timedelta(minutes=9, seconds=50))

    assert keep_sessions.spend_login_code(unit_of_work, f"{code}x") is None
    assert keep_sessions.spend_login_code(unit_of_work, code) == CALLER
    assert keep_sessions.spend_login_code(unit_of_work, code) is None

    late = keep_sessions.make_login_code(unit_of_work, CALLER)
    move_back(engine, made_at=timedelta(minutes=10))
    assert keep_sessions.spend_login_code(unit_of_work, late) is None
    begin(unit_of_work)
    assert len(rows(engine)) == 1


def test_of_many_that_spend_one_code_one_signs_in(engine: Engine, vault: AddressVault) -> None:
    """Eight at the same moment: one caller, seven refusals."""
    code = keep_sessions.make_login_code(UnitOfWork(engine, vault), CALLER)
    start = Barrier(8)

    def spend(_: int) -> object:
        start.wait()
        return keep_sessions.spend_login_code(UnitOfWork(engine, vault), code)

    with ThreadPoolExecutor(8) as pool:
        spent = list(pool.map(spend, range(8)))

    assert sorted(spent, key=repr) == [CALLER, *[None] * 7]


def test_time_is_the_databases(unit_of_work: UnitOfWork) -> None:
    """A session begins at the moment that every process agrees on."""
    with unit_of_work:
        before = clock.now(unit_of_work.session)
    begin(unit_of_work)
    with unit_of_work:
        begun = unit_of_work.session.execute(select(_sessions.c.begun_at)).scalar_one()
        assert before <= begun <= clock.now(unit_of_work.session)
