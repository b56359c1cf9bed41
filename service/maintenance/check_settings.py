"""Check settings that are well-formed each, and that nothing could be served with all the same. Makes no file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from service.database.database import check_url
from service.database.field_cipher import build_secret_vault, build_vault
from service.database.key_lines import Purpose
from service.database.store_keys import build_keys
from service.errors import ServiceError, message_of
from service.i18n import setup
from service.private_files import is_open_to_others
from service.security import build_issuer, build_verifier
from service.settings import Settings


def find_faults(settings: Settings, *, every_need: bool = False) -> list[str]:
    """Return the faults of the settings, in plain words that repeat no value.

    `every_need`: also name what can be served without until something private has to be stored.
    """
    faults: list[str] = []

    def note(check: Callable[[Settings], object], settings: Settings) -> bool:
        try:
            check(settings)
        except ServiceError as error:
            faults.append(message_of(error))
            return False
        return True

    if not note(check_url, settings):
        settings = settings.model_copy(update={"database": Settings.model_fields["database"].default})
    for check in (build_verifier, build_issuer, _use_address_key, _use_webhook_key, _use_digest_keys):
        note(check, settings)
    if every_need and settings.address_key is None and build_keys(settings).note_file is None:
        faults.append(setup.ADDRESS_KEY_NEEDED)
    return list(dict.fromkeys([*faults, *_find_open_files(settings)]))


def _find_open_files(settings: Settings) -> Iterator[str]:
    """Yield each file that others than its owner have rights to, of those that no check above reads."""
    login = os.environ.get("PGPASSFILE")
    for file, fault in (
        (settings.token_key_file, setup.KEY_FILE_MODE),
        (build_keys(settings).note_file, setup.NOTE_MODE),
        (None if login is None else Path(login), setup.LOGIN_MODE),
    ):
        if file is not None and is_open_to_others(file):
            yield fault


def _use_address_key(settings: Settings) -> None:
    build_vault(settings).rehearsing().seal("")


def _use_webhook_key(settings: Settings) -> None:
    if settings.webhook_key is not None:
        build_secret_vault(settings).rehearsing().seal("")


def _use_digest_keys(settings: Settings) -> None:
    keys = build_keys(settings).rehearsing()
    for purpose in (Purpose.CODE, Purpose.AUDIT):
        keys.of(purpose)
