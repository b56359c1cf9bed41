"""The keys of the store and of tokens: listed, made, used in turn, what they sealed written anew, removed, given up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Row, update
from sqlmodel import Session

from service.database import clock
from service.database.audit import note_details
from service.database.database import Database
from service.database.field_cipher import FieldCipher
from service.database.idempotency_keys import KEPT_FOR as REMEMBERED_FOR
from service.database.key_lines import SEALING, KeyState, Purpose, StoreKey
from service.database.key_tables import LostKey
from service.database.lost_keys import VAULTS, lost_names
from service.database.store_keys import StoreKeys
from service.database.table_base import table_of
from service.database.upsert import insert_new
from service.directory.standard.identity import place_slug
from service.directory.store.repositories import CoalitionRepository
from service.errors import KeyRefused
from service.i18n import setup
from service.maintenance.key_needs import Change, Needs, change_sealed, count_needs
from service.security import (
    TokenKeyError,
    read_signing_keys,
    remove_signing_key,
    rotate_signing_key,
    token_key_path,
)
from service.settings import Settings
from service.webhooks.purging import KEPT_FOR
from service.webhooks.settling import disable
from service.webhooks.signing import new_secret
from service.webhooks.tables import WebhookEndpoint

SETTLES_IN = timedelta(hours=1)
"""After a replacement: until then something that was begun with the key before may still be stored."""
KEY_LOST = "key_lost"
"""Why an endpoint is disabled whose secret no key opens."""
_endpoints = table_of(WebhookEndpoint)


class KeyPurpose(StrEnum):
    """What a key is for: those of the store, and those that sign tokens, which are in a file of their own."""

    ADDRESS = Purpose.ADDRESS
    WEBHOOK = Purpose.WEBHOOK
    CODE = Purpose.CODE
    RECEIPT = Purpose.RECEIPT
    AUDIT = Purpose.AUDIT
    TOKEN = "token"  # noqa: S105 - no secret


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key by its name. `needed`: how many stored things need it; None: nobody counts them.

    `until`: what it signed or sealed for others to keep is good until then.
    """

    purpose: str
    name: str
    state: KeyState
    made_at: datetime | None = None
    replaced_at: datetime | None = None
    needed: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyList:
    """Every key, and how many things need one that is not there, by purpose."""

    keys: tuple[ListedKey, ...]
    lost: dict[Purpose, int]


def list_keys(database: Database, settings: Settings) -> KeyList:
    """Return every key without a part of it, and what would need one that is gone."""
    keys = database.cipher.keys
    with database.unit_of_work(writes=False) as work:
        needs = count_needs(work.session, keys)
    rows = [
        ListedKey(
            purpose, key.name, key.state, key.made_at, key.replaced_at,
            None if purpose is Purpose.RECEIPT else needs[purpose, key.name], _until(key, settings),
        )
        for purpose in Purpose for key in keys.of(purpose)
    ]  # fmt: skip
    with suppress(TokenKeyError):  # an issuer of their own signs tokens
        signing = read_signing_keys(token_key_path(settings))
        states = (KeyState.USED, *(KeyState.OLD for _ in signing[1:]))
        rows += [
            ListedKey(KeyPurpose.TOKEN, key.kid, state, key.made_at)
            for key, state in zip(signing, states, strict=False)
        ]
    return KeyList(tuple(rows), {purpose: needs[purpose, None] for purpose in Purpose if needs[purpose, None]})


def make_key(database: Database, purpose: KeyPurpose) -> str:
    """Make a key that every process reads and none uses yet; return its name.

    Raises:
        KeyRefused, AddressKeyError: see `StoreKeys.make`; and keys of tokens are used from the start.
    """
    if purpose is KeyPurpose.TOKEN:
        raise KeyRefused(setup.NO_KEY_WAITS)
    with database.unit_of_work() as work:
        key = database.cipher.keys.make(Purpose(purpose))
        note_details(work.session, {"purpose": purpose.value, "key": key.name})
        work.commit()
    return key.name


def rotate_key(database: Database, settings: Settings, purpose: KeyPurpose) -> str:
    """Use another key from now on, which old ones stay beside; return its name.

    Raises:
        KeyRefused, AddressKeyError, TokenKeyError: see `StoreKeys.rotate` and `rotate_signing_key`.
    """
    with database.unit_of_work() as work:
        if purpose is KeyPurpose.TOKEN:
            name = rotate_signing_key(token_key_path(settings)).kid
        else:
            name = database.cipher.keys.rotate(Purpose(purpose)).name
        note_details(work.session, {"purpose": purpose.value, "key": name})
        work.commit()
    return name


def remove_key(database: Database, settings: Settings, purpose: KeyPurpose, name: str, *, now: bool = False) -> None:
    """Remove a key that is not in use. `now`: though something needs it still, which is lost then.

    Raises:
        KeyRefused: it is in use or not there, or needed, or something may be on its way with it.
        AddressKeyError, TokenKeyError: the file cannot be read or written.
    """
    with database.unit_of_work() as work:
        note_details(work.session, {"purpose": purpose.value, "key": name})
        if purpose is KeyPurpose.TOKEN:
            remove_signing_key(token_key_path(settings), name)
        else:
            keys = database.cipher.keys
            _remove(keys, settings, Purpose(purpose), name, count_needs(work.session, keys), now=now)
            _accept_loss(work.session, keys, Purpose(purpose))  # there is one only where `now` says so
        work.commit()


def rewrite_sealed(database: Database) -> int:
    """Seal anew the texts under an older key, a few rows at a time, while others work; return how many texts.

    Raises:
        AddressKeyError, SecretKeyError: the keys cannot be used.
    """
    count = 0
    for purpose in SEALING:
        cipher = VAULTS[purpose](database.cipher.keys)
        count += _change_all(database, purpose, partial(_renew, cipher))
    return count


def count_without_key(database: Database, purpose: KeyPurpose) -> int | None:
    """Return how many things need a key for a purpose that is not there; None: others keep them, and nobody counts."""
    if purpose in (KeyPurpose.TOKEN, KeyPurpose.RECEIPT):
        return None
    with database.unit_of_work(writes=False) as work:
        return count_needs(work.session, database.cipher.keys)[Purpose(purpose), None]


def give_up(database: Database, key_purpose: KeyPurpose) -> int | None:
    """Go on without the keys for a purpose that are lost; return how many texts have something in their place, if any.

    A private place stays a private place, about which nothing is known. An endpoint is disabled until it has another
    secret. Digests and links of a key that is gone stay as they are; that it is gone is noted, and stops nothing more.
    """
    keys, purpose = database.cipher.keys, Purpose(key_purpose)
    keys.go_on()
    if purpose in SEALING:
        return _change_all(database, purpose, partial(_readable, VAULTS[purpose](keys)))
    with database.unit_of_work() as work:
        note_details(work.session, {"purpose": purpose.value, "keys": _accept_loss(work.session, keys, purpose)})
        work.commit()
    return None


def _accept_loss(session: Session, keys: StoreKeys, purpose: Purpose) -> list[str]:
    """Note that the keys that rows name and nobody has are lost for good; return their names."""
    now, names = clock.now(session), sorted(lost_names(session.connection(), keys, purpose))
    for name in names:
        insert_new(session, table_of(LostKey), {"name": name, "purpose": purpose.value, "accepted_at": now})
    return names


def _change_all(database: Database, purpose: Purpose, change: Change) -> int:
    after: Sequence[str] = ()
    count = 0
    while True:
        with database.unit_of_work() as work:
            if purpose is Purpose.ADDRESS:
                CoalitionRepository(work).wait_for_turn()  # nobody writes back what they read sealed with the older key
            after, many = change_sealed(work.session, purpose, change, after)
            note_details(work.session, {"purpose": purpose.value, "texts": many})
            if many:
                work.commit()
        count += many
        if not after:
            return count


def _renew(cipher: FieldCipher, _: Session, row: Row[Any], name: str) -> str | None:
    return cipher.renew(row._mapping[name])


def _readable(cipher: FieldCipher, session: Session, row: Row[Any], name: str) -> str | None:
    """Return the text of a column, or what stands in for it where no key opens it."""
    sealed_text: str = row._mapping[name]
    if cipher.find_key(sealed_text) is not None:
        return sealed_text
    if name == "sealed":
        return cipher.seal(json.dumps({"id": place_slug(row.slug), "location_type": "physical"}))
    if name == "secret":
        disable(session, row, KEY_LOST, clock.now(session))
        return cipher.seal(new_secret())
    if name == "headers":
        session.execute(update(_endpoints).where(_endpoints.c.id == row.id).values(header_names=None))
    return None


def _remove(keys: StoreKeys, settings: Settings, purpose: Purpose, name: str, needs: Needs, *, now: bool) -> None:
    key = next((key for key in keys.of(purpose) if key.name == name), None)
    if key is not None and not now and key.state is KeyState.OLD:
        moment = datetime.now(UTC)
        if needs[purpose, name]:
            raise KeyRefused(setup.KEY_IS_NEEDED.format(many=needs[purpose, name]))
        if key.replaced_at is not None and key.replaced_at + SETTLES_IN > moment:
            raise KeyRefused(setup.KEY_IS_FRESH)
        if (until := _until(key, settings)) is not None and until > moment:
            raise KeyRefused(setup.KEY_IS_GOOD_UNTIL.format(until=until.date()))
    keys.remove(purpose, name)


def _until(key: StoreKey, settings: Settings) -> datetime | None:
    """Return until when others may keep what a replaced key signed (receipts) or sealed (cursors), or ask again."""
    times = {
        Purpose.RECEIPT: timedelta(days=settings.longest_consent_days + 1),
        Purpose.WEBHOOK: KEPT_FOR,
        Purpose.CODE: REMEMBERED_FOR,
    }
    return key.replaced_at + times[key.purpose] if key.replaced_at is not None and key.purpose in times else None
