"""Seals what is secret about webhooks: signing secrets, header values, and cursors, so that none can be made up."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken

from service.errors import SecretKeyError
from service.settings import Settings
from service.wording import setup

from .address_vault import AddressVault, build_vault

PURPOSE = "webhook secrets"


class SecretVault:
    """Holds the key for webhooks, or the vault whose key it follows from. Safe to share between threads."""

    def __init__(self, addresses: AddressVault, *, key: str | None = None) -> None:
        """Take the key; without one it follows from the key for addresses."""
        self._addresses = addresses
        self._key = key
        self._cipher: Fernet | None = None

    def seal(self, plain: str) -> str:
        """Return `plain` sealed. Sealing the same text twice gives two different results.

        Raises:
            AddressKeyError, SecretKeyError: there is no key, or it is malformed.
        """
        return self._find_cipher(make=True).encrypt(plain.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Return what was sealed.

        Raises:
            AddressKeyError, SecretKeyError: there is no key, a malformed one, or not the one that sealed this.
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
    """Return the vault that `settings` describe. Touches no file yet."""
    key = settings.webhook_key.get_secret_value() if settings.webhook_key is not None else None
    return SecretVault(build_vault(settings), key=key)
