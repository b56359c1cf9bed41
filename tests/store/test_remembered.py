"""Requests with a key are answered once, and remembered as digests for a day."""

from __future__ import annotations

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, select

from service.database import clock
from service.database.field_cipher import AddressCipher
from service.database.idempotency_keys import KEPT_FOR, Repeat, recall, remember
from service.database.key_lines import Purpose
from service.database.outbox.tables import RememberedRequest
from service.database.store_keys import StoreKeys
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork


def test_a_key_is_remembered_with_what_it_made(unit_of_work: UnitOfWork) -> None:
    """The same body is told from another; keys belong to an organization; what was rolled back is forgotten."""
    with unit_of_work:
        assert remember(unit_of_work, "north", "k", b"body", object_id="undone") is None
    with unit_of_work:
        assert remember(unit_of_work, "north", "k", b"body", object_id="1") is None
        unit_of_work.commit()
    with unit_of_work:
        assert remember(unit_of_work, "north", "k", b"body", object_id="2") == Repeat("1", same=True)
        assert remember(unit_of_work, "north", "k", b"other", object_id="2") == Repeat("1", same=False)
        assert remember(unit_of_work, "south", "k", b"body", object_id="2") is None


def test_a_key_whose_day_ends_meanwhile_is_told_or_claimed(
    unit_of_work: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that runs on, or leaps, between two readings."""
    with unit_of_work:
        made_at = clock.now(unit_of_work.session)
        remember(unit_of_work, "north", "k", b"body", object_id="1")
        unit_of_work.commit()
    moments = iter((made_at + KEPT_FOR, made_at + 2 * KEPT_FOR))
    monkeypatch.setattr(clock, "now", lambda _: next(moments))

    with unit_of_work:
        assert remember(unit_of_work, "north", "k", b"body", object_id="2") == Repeat("1", same=True)


def bare_digests(key: str, body: bytes) -> tuple[str, str]:
    """What whoever reads the table can work out by trying keys and bodies."""
    return hashlib.sha256(key.encode()).hexdigest(), hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def test_neither_key_nor_body_is_stored(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """A row holds digests by a secret of the server, and the same body under two keys gives two of them."""
    with unit_of_work:
        for key in ("key-canary", "another"):
            remember(unit_of_work, "north", key, b"body-canary", object_id="1")
        unit_of_work.commit()

    with engine.connect() as connection:
        rows = connection.execute(select(table_of(RememberedRequest))).all()
    assert "canary" not in repr(rows)
    assert len({row.body_digest for row in rows}) == 2
    for key in ("key-canary", "another"):
        assert not any(digest in repr(rows) for digest in bare_digests(key, b"body-canary"))


def test_a_key_of_the_store_may_be_replaced_meanwhile(engine: Engine, tmp_path: Path) -> None:
    """Whoever repeats a request across the rotation is told what came of it, by the old key and by one that waits."""
    keys = StoreKeys(key_file=tmp_path / "store.key")
    work = UnitOfWork(engine, AddressCipher(keys))

    def repeat() -> Repeat | None:
        with work:
            earlier = remember(work, "north", "k", b"body", object_id="1")
            assert recall(work, "north", "k", b"body") == Repeat("1", same=True)
            work.commit()
        return earlier

    assert repeat() is None
    keys.make(Purpose.CODE)
    assert repeat() == Repeat("1", same=True)
    keys.rotate(Purpose.CODE)
    assert repeat() == Repeat("1", same=True)
    keys.remove(Purpose.CODE, keys.of(Purpose.CODE)[1].name)
    with work:
        assert remember(work, "north", "k", b"body", object_id="2") is None


def test_a_request_of_an_earlier_version_is_remembered(unit_of_work: UnitOfWork) -> None:
    """Its digests are without a key; a day after the upgrade there are none of them."""
    with unit_of_work:
        session = unit_of_work.session
        key_digest, body_digest = bare_digests("k", b"body")
        session.add(RememberedRequest(
            organization="north", key_digest=key_digest, body_digest=body_digest, object_id="1", at=clock.now(session)
        ))  # fmt: skip
        session.flush()

        assert recall(unit_of_work, "north", "k", b"body") == Repeat("1", same=True)
        assert remember(unit_of_work, "north", "k", b"body", object_id="2") == Repeat("1", same=True)
        assert remember(unit_of_work, "north", "k", b"other", object_id="2") == Repeat("1", same=False)


def test_of_two_at_once_one_makes_and_the_other_is_told(engine: Engine, cipher: AddressCipher) -> None:
    """Eight requests with one key at the same moment: one goes ahead, seven find what it made."""
    start = Barrier(8)

    def ask(number: int) -> Repeat | None:
        work = UnitOfWork(engine, cipher)
        start.wait()
        with work:
            repeat = remember(work, "north", "k", b"body", object_id=str(number))
            work.commit()
        return repeat

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))

    assert answers.count(None) == 1
    assert {answer for answer in answers if answer} == {Repeat(str(answers.index(None)), same=True)}
