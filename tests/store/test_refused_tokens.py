"""Refused tokens: kept until they end, known to whoever reads them, and by no name in clear; on both databases."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from bundle_builders import bundle_bytes, good_bundle
from pydantic import SecretStr
from sqlalchemy import Engine, insert, select, text, update
from token_builders import ec_signer, good_claims, verifier_for

from service.database import clock
from service.database.database import Database
from service.database.field_cipher import AddressCipher, build_secret_vault
from service.database.outbox.timers import DueTimer
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.directory.use_cases.load_bundle import load_bundle
from service.errors import NotReady
from service.security import InvalidToken, name_jti
from service.security.polled_tokens import RefusedTokens
from service.security.tables import RefusedToken
from service.sessions.refuse_tokens import refuse_by_jti, refuse_by_token
from service.settings import Settings
from service.webhooks.purging import PURGE

_refused = table_of(RefusedToken)
JTI = "canary-jti"


@pytest.fixture
def database(engine: Engine, cipher: AddressCipher) -> Database:
    return Database(engine, cipher, build_secret_vault(Settings(address_key=SecretStr("b" * 43 + "="))))


def names(engine: Engine) -> dict[str, datetime]:
    with engine.connect() as connection:
        return {row.name: row.ends_at for row in connection.execute(select(_refused))}


def test_a_refusal_is_known_to_who_reads_it(unit_of_work: UnitOfWork, database: Database) -> None:
    """Each reader for itself; before the first reading no reader says anything."""
    first, second = RefusedTokens(database), RefusedTokens(database)
    with pytest.raises(NotReady):
        first.holds(name_jti(JTI))
    for reader in (first, second):
        reader.refresh()
        assert not reader.holds(name_jti(JTI))

    refuse_by_jti(unit_of_work, JTI)

    first.refresh()
    assert (first.holds(name_jti(JTI)), second.holds(name_jti(JTI))) == (True, False)
    second.refresh()
    assert second.holds(name_jti(JTI))
    assert not second.holds(name_jti("another"))


def test_what_was_refused_stays_so_without_a_database(
    unit_of_work: UnitOfWork, database: Database, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """The names read last stay in force, and the trouble is logged once, without a word of the database."""
    refuse_by_jti(unit_of_work, JTI)
    reader = RefusedTokens(database)
    reader.refresh()
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE refused_token RENAME TO elsewhere"))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            reader.refresh()
    assert reader.holds(name_jti(JTI))
    lines = [(record.getMessage(), vars(record)["error"]) for record in caplog.records]
    assert lines == [("refused tokens not read", "DatabaseUnusable")]
    fresh = RefusedTokens(database)
    fresh.refresh()
    with pytest.raises(NotReady):
        fresh.holds(name_jti("another"))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO refused_token"))
    fresh.refresh()
    assert not fresh.holds(name_jti("another"))


@pytest.mark.parametrize("claims", [{"jti": "one"}, {}], ids=["with a jti", "without"])
def test_a_refusal_is_kept_until_the_token_ends(
    claims: dict[str, str], unit_of_work: UnitOfWork, database: Database, engine: Engine
) -> None:
    """And a little longer than that, for clocks run apart; then it is purged. No text of a token is stored."""
    end = int(datetime.now(UTC).timestamp()) + 24 * 3600
    signer = ec_signer()
    token = signer.token(good_claims(exp=end, **claims))
    verifier = verifier_for(signer, now=datetime.now(UTC))

    refuse_by_token(unit_of_work, verifier, token)

    [(name, ends_at)] = names(engine).items()
    assert timedelta(0) < ends_at - datetime.fromtimestamp(end + 30, UTC) <= timedelta(hours=1)
    assert "one" not in name
    assert not [part for part in token.split(".") if part in repr(names(engine))]
    reader = RefusedTokens(database)
    reader.refresh()
    assert reader.holds(name)
    with engine.begin() as connection:
        connection.execute(update(_refused).values(ends_at=ends_at - timedelta(hours=26)))
    reader.refresh()
    assert not reader.holds(name)
    with unit_of_work:
        now = clock.now(unit_of_work.session)
        PURGE.fire(unit_of_work, DueTimer(PURGE.name, "-", now, now))
        unit_of_work.commit()
    assert names(engine) == {}


@pytest.mark.parametrize("lives_s", [600, -3600], ids=["a token that ends soon", "an expired one"])
def test_a_refusal_is_kept_while_a_session_of_the_token_may_live(
    lives_s: int, unit_of_work: UnitOfWork, engine: Engine
) -> None:
    """A link made with its last breath lives ten minutes, and its session twelve hours."""
    signer, now = ec_signer(), datetime.now(UTC)
    token = signer.token(good_claims(exp=int(now.timestamp()) + lives_s))

    refuse_by_token(unit_of_work, verifier_for(signer, now=now), token)

    [ends_at] = names(engine).values()
    assert timedelta(hours=12, minutes=10) < ends_at - now <= timedelta(hours=13, minutes=15)


def test_a_later_refusal_never_shortens_an_earlier_one(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """Refused by its `jti` for as long as a token can live, then by itself: the longer time stays."""
    signer, end = ec_signer(), int(datetime.now(UTC).timestamp()) + 600
    refuse_by_jti(unit_of_work, JTI)
    before = names(engine)
    token = signer.token(good_claims(exp=end, jti=JTI))
    refuse_by_token(unit_of_work, verifier_for(signer, now=datetime.now(UTC)), token)
    assert names(engine) == before
    assert min(before.values()) - datetime.now(UTC) > timedelta(days=30)


def test_a_token_without_an_end_in_sight_can_be_refused(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """The last day that a date can name is not passed."""
    signer = ec_signer()
    refuse_by_token(unit_of_work, verifier_for(signer), signer.token(good_claims(exp=253_402_300_799)))
    assert len(names(engine)) == 1


def test_a_strange_token_is_not_stored(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """Whose key is not trusted: it is refused as it is, and fills no table."""
    with pytest.raises(InvalidToken):
        refuse_by_token(unit_of_work, verifier_for(ec_signer("ours")), ec_signer("theirs").token())
    assert names(engine) == {}


def test_no_load_of_a_directory_touches_a_refusal(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """Replaced whole, the directory is another; a stolen token stays refused."""
    with engine.begin() as connection:
        connection.execute(insert(_refused).values(name="n", ends_at=datetime.now(UTC) + timedelta(days=1)))
    load_bundle(unit_of_work, bundle_bytes(good_bundle()), replace=True)
    assert list(names(engine)) == ["n"]
