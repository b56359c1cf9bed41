"""Check settings that are well-formed each, and that nothing could be served with all the same. Makes no file."""

from __future__ import annotations

from collections.abc import Callable

from service.infrastructure.auth import build_issuer, build_verifier
from service.infrastructure.database.database import check_url
from service.infrastructure.database.key_lines import Purpose
from service.infrastructure.database.store_keys import build_keys
from service.infrastructure.database.vaults import build_secret_vault, build_vault
from service.infrastructure.errors import ServiceError, message_of
from service.settings import Settings


def find_faults(settings: Settings) -> list[str]:
    """Return the faults of the settings, in plain words that repeat no value."""
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
    return list(dict.fromkeys(faults))


def _use_address_key(settings: Settings) -> None:
    build_vault(settings).rehearsing().seal("")


def _use_webhook_key(settings: Settings) -> None:
    if settings.webhook_key is not None:
        build_secret_vault(settings).rehearsing().seal("")


def _use_digest_keys(settings: Settings) -> None:
    keys = build_keys(settings).rehearsing()
    for purpose in (Purpose.CODE, Purpose.AUDIT):
        keys.of(purpose)
