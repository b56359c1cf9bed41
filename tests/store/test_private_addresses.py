"""A private address is nowhere but in its seal."""

from __future__ import annotations

import stat
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from bundle_builders import bundle_bytes, good_bundle, put
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import Engine, select

from service.database.engine import build_engine
from service.database.field_cipher import AddressCipher, build_vault
from service.database.key_lines import Purpose
from service.database.migrations import upgrade
from service.database.store_keys import StoreKeys
from service.database.unit_of_work import UnitOfWork
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.read_directory import ORGANIZATIONS, get_object
from service.errors import AddressKeyError, NotFound
from service.maintenance.tables import all_tables
from service.security import Caller
from service.settings import Settings

CANARIES = ("leakcanary", "31.4159", "-98.7654")


def bundle_with_canaries() -> dict[str, Any]:
    bundle = good_bundle()
    place = bundle["organizations"][0]["locations"][0]
    place |= {"latitude": 31.4159, "longitude": -98.7654, "name": "Leakcanary House", "transportation": "leakcanary"}
    place["addresses"][0]["address_1"] = "12 Leakcanary Lane"
    place |= {"phones": [{"number": "leakcanary-555"}], "contacts": [{"name": "Leakcanary"}]}
    place |= {"schedules": [{"description": "leakcanary"}], "languages": [{"code": "en", "note": "leakcanary"}]}
    return bundle


def places_of(work: UnitOfWork, organization: str, *, reader: str) -> Any:
    """Return the places of an organization in a reader's view, None where it is shown none."""
    caller = Caller(reader, frozenset({"directory:read"}), "a")
    return get_object(work, caller, ORGANIZATIONS, organization).document.get("locations")


def test_no_table_holds_a_private_address_in_clear(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """No column of any table, nor anything read for routing, rules or people, holds part of a private location."""
    load_bundle(unit_of_work, bundle_bytes(bundle_with_canaries()), replace=False)

    with engine.connect() as connection:
        stored = [repr(connection.execute(select(table)).all()) for table in all_tables().sorted_tables]
    with unit_of_work:
        directory = CoalitionRepository(unit_of_work).read_stored()

    everything = "".join([*stored, repr(directory)]).lower()
    assert not [canary for canary in CANARIES if canary in everything]


def test_the_database_file_holds_no_private_address(tmp_path: Path) -> None:
    """Not even the bytes of the database file and its log hold part of a private location."""
    settings = Settings(database=f"sqlite:///{tmp_path / 'router.db'}")
    engine = build_engine(settings)
    upgrade(engine, all_tables)

    load_bundle(UnitOfWork(engine, build_vault(settings)), bundle_bytes(bundle_with_canaries()), replace=False)

    files = b"".join(file.read_bytes() for file in tmp_path.glob("router.db*")).lower()
    engine.dispose()
    assert b"harbor house" in files
    assert not [canary for canary in CANARIES if canary.encode() in files]


def test_a_private_place_has_no_position(unit_of_work: UnitOfWork) -> None:
    """The services of an organization with a private address have no position; others have their public places."""
    load_bundle(unit_of_work, bundle_bytes(good_bundle()), replace=False)

    with unit_of_work:
        positions = {s.slug: s.positions for s in CoalitionRepository(unit_of_work).read_stored().directory.services}

    assert positions == {"hh-beds": (), "tch-line": ((30.2, -97.6),), "night-line": ()}


@pytest.mark.parametrize("listed", ["public", "coalition"])
def test_only_whom_the_operator_authorised_reads_it(unit_of_work: UnitOfWork, listed: str) -> None:
    """The address is given, whole, to the organization itself and to those authorised; to others nothing is."""
    house = "harbor-house"
    bundle = put(bundle_with_canaries(), "organizations[0].coalition.listed", listed)
    load_bundle(unit_of_work, bundle_bytes(bundle), replace=False)

    authorised = places_of(unit_of_work, house, reader="tri-county-hotline")

    assert authorised == places_of(unit_of_work, house, reader=house)
    assert authorised[0]["addresses"][0]["address_1"] == "12 Leakcanary Lane"
    assert authorised[0]["latitude"] == 31.4159
    for other in ("hotline-night-desk", ""):
        with nullcontext() if listed == "public" else pytest.raises(NotFound):
            assert places_of(unit_of_work, house, reader=other) is None


def test_an_address_that_turns_private_leaves_no_trace(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """An organization that declares its address private has it taken out of every open column."""
    public = put(bundle_with_canaries(), "organizations[0].coalition.address_private", False)
    load_bundle(unit_of_work, bundle_bytes(public), replace=False)

    load_bundle(unit_of_work, bundle_bytes(bundle_with_canaries()), replace=False)

    with engine.connect() as connection:
        stored = "".join(repr(connection.execute(select(table)).all()) for table in all_tables().sorted_tables)
    assert not [canary for canary in CANARIES if canary in stored.lower()]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_an_address_key_that_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    """Nothing is sealed or opened with it until it is its owner's alone; the message names the mend, not the file."""
    key_file = tmp_path / "canary.key"
    sealed = AddressCipher(StoreKeys(key_file=key_file)).seal("3 Sedge Way")
    content = key_file.read_bytes()
    key_file.chmod(mode)
    cipher = AddressCipher(StoreKeys(key_file=key_file))

    for act in (lambda: cipher.seal("3 Sedge Way"), lambda: cipher.open(sealed), cipher.rehearsing):
        with pytest.raises(AddressKeyError, match="chmod 600") as refusal:
            act()
        assert "canary" not in str(refusal.value)
    assert key_file.read_bytes() == content
    key_file.chmod(0o600)
    assert cipher.open(sealed) == "3 Sedge Way"


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Without a key, one is made beside the SQLite file at the first sealing, for its owner only, and then kept."""
    settings = Settings(database=f"sqlite:///{tmp_path / 'router.db'}")

    sealed = build_vault(settings).seal("12 Leakcanary Lane")

    key_file = tmp_path / "router.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["router.key"]
    assert build_vault(settings).open(sealed) == "12 Leakcanary Lane"


def test_opening_makes_no_key(tmp_path: Path) -> None:
    """Where the key is lost, reading says so and does not put a new key in its place."""
    cipher = AddressCipher(StoreKeys(key_file=tmp_path / "router.key"))

    with pytest.raises(AddressKeyError, match="need a key"):
        cipher.open("anything")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["short", "é" * 44, "!" * 44])
def test_a_malformed_key_is_refused_without_being_shown(key: str) -> None:
    """A key that is none is refused, and the message does not hold it."""
    with pytest.raises(AddressKeyError) as refusal:
        AddressCipher(StoreKeys(in_settings={Purpose.ADDRESS: key})).seal("x")

    assert key not in str(refusal.value)


def test_a_database_without_a_file_has_no_default_key() -> None:
    """PostgreSQL and in-memory databases need a key that is set."""
    for database in ("postgresql://localhost/router", "sqlite://", "sqlite:///:memory:"):
        with pytest.raises(AddressKeyError, match="need a key"):
            build_vault(Settings(database=database)).seal("x")


@pytest.fixture
def other_key(engine: Engine) -> UnitOfWork:
    return UnitOfWork(engine, AddressCipher(StoreKeys(in_settings={Purpose.ADDRESS: Fernet.generate_key().decode()})))


def test_the_wrong_key_changes_nothing_unless_all_is_replaced(
    unit_of_work: UnitOfWork, other_key: UnitOfWork, engine: Engine
) -> None:
    """With another key an update is refused, for the store would hold two; replacing seals everything anew."""
    load_bundle(unit_of_work, bundle_bytes(good_bundle()), replace=False)

    with pytest.raises(AddressKeyError):
        load_bundle(other_key, bundle_bytes(good_bundle()), replace=False)
    report = load_bundle(other_key, bundle_bytes(good_bundle()), replace=True)

    assert report.changed
    assert places_of(other_key, "harbor-house", reader="harbor-house")[0]["name"] == "The brown house"


def test_settings_never_show_the_key() -> None:
    """Printing the settings does not print the key."""
    settings = Settings(address_key=SecretStr("leakcanary"))

    assert "leakcanary" not in repr(settings) + str(settings.model_dump())
