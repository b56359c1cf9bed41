"""Seals the secrets of webhooks: signing secrets, header values, and cursors, which cannot be forged."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken

from service.errors import SecretKeyError
from service.settings import Settings
from service.wording import setup

from .address_vault import AddressVault, build_vault

PURPOSE = "webhook secrets"


class SecretVault:
    """Holds the key for webhooks, or the vault for a derived key. Safe to share between threads."""

    def __init__(self, addresses: AddressVault, *, key: str | None = None) -> None:
        """Take the key; without a key, a key is derived from the address key."""
        self._addresses = addresses
        self._key = key
        self._cipher: Fernet | None = None

    def seal(self, plain: str) -> str:
        """Return `plain` sealed. Sealing the same text twice gives two different results.

        Raises:
            AddressKeyError, SecretKeyError: no key, or a malformed key.
        """
        return self._find_cipher(make=True).encrypt(plain.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Return the plain text of a sealed text.

        Raises:
            AddressKeyError, SecretKeyError: no key, a malformed key, or a key other than the sealing key.
        """
        try:
            return self._find_cipher(make=False).decrypt(sealed.encode()).decode()
        except (InvalidToken, UnicodeError):
            raise SecretKeyError(setup.WEBHOOK_KEY_OTHER) from None

    def _find_cipher(self, *, make: bool) -> Fernet:
        if self._cipher is None:
            try:
                self._cipher = Fernet(self._key or self._addresses.derive(PURPOSE, make=make))
            except ValueError:
                raise SecretKeyError(setup.WEBHOOK_KEY_FORM) from None
        return self._cipher


def build_secret_vault(settings: Settings) -> SecretVault:
    """Return the vault described by `settings`. Touches no file yet."""
    key = settings.webhook_key.get_secret_value() if settings.webhook_key is not None else None
    return SecretVault(build_vault(settings), key=key)
