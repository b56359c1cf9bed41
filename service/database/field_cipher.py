"""Seals texts, and opens them again: Fernet (AES-128-CBC with HMAC-SHA-256), with the keys of a purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from service.errors import AddressKeyError, SecretKeyError, StoreError
from service.i18n import setup
from service.settings import Settings

from .key_lines import Purpose, StoreKey
from .store_keys import StoreKeys, build_keys


class FieldCipher:
    """Seals with the key in use, and opens what older keys sealed too. Safe to share between threads."""

    purpose: ClassVar[Purpose]
    error: ClassVar[type[StoreError]]
    form: ClassVar[str]
    other: ClassVar[str]

    def __init__(self, keys: StoreKeys) -> None:
        """Take the keys, which are looked for at each use and made at the first sealing."""
        self.keys = keys
        self._pairs: tuple[Sequence[StoreKey], tuple[tuple[StoreKey, Fernet], ...]] = ((), ())

    def seal(self, plain: str) -> str:
        """Return `plain` sealed. Sealing the same text twice gives two different results.

        Raises:
            StoreError: of the cipher's own type: no key and no place to keep a new key, or a malformed key.

        >>> vault = AddressCipher(StoreKeys(in_settings={Purpose.ADDRESS: Fernet.generate_key().decode()}))
        >>> vault.open(vault.seal("3 Sedge Way")), vault.seal("3 Sedge Way") == vault.seal("3 Sedge Way")
        ('3 Sedge Way', False)
        """
        return self._have_ciphers(make=True)[0].encrypt(plain.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Return the plain text of a sealed text.

        Raises:
            StoreError: of the cipher's own type: no key, a malformed key, or keys other than the sealing key.
        """
        ciphers = self._have_ciphers()
        try:
            return MultiFernet(ciphers).decrypt(sealed.encode()).decode()
        except (InvalidToken, UnicodeError):
            raise self.error(self.other) from None

    def find_key(self, sealed: str) -> StoreKey | None:
        """Return the key that sealed a text; None: it is not there.

        Raises:
            StoreError: of the cipher's own type: a malformed key.
        """
        for key, cipher in self._find_ciphers():
            try:
                cipher.decrypt(sealed.encode())
            except (InvalidToken, UnicodeError):
                continue
            return key
        return None

    def renew(self, sealed: str) -> str:
        """Return a text sealed with the key in use; as it is, where that key sealed it, or where no key opens it."""
        key = self.find_key(sealed)
        return sealed if key is None or key == self.keys.of(self.purpose)[0] else self.seal(self.open(sealed))

    def rehearsing(self) -> Self:
        """Return a cipher with the present keys, or with new keys that are stored nowhere. It writes no file.

        Raises:
            AddressKeyError: the key file cannot be read.
        """
        return type(self)(self.keys.rehearsing())

    def _have_ciphers(self, *, make: bool = False) -> list[Fernet]:
        ciphers = [cipher for _, cipher in self._find_ciphers(make=make)]
        if not ciphers:
            raise AddressKeyError(setup.ADDRESS_KEY_NEEDED)
        return ciphers

    def _find_ciphers(self, *, make: bool = False) -> tuple[tuple[StoreKey, Fernet], ...]:
        keys = self.keys.of(self.purpose, make=make)
        pairs = self._pairs
        if pairs[0] is not keys:
            try:
                pairs = self._pairs = (keys, tuple((key, Fernet(key.secret)) for key in keys))
            except ValueError:
                raise self.error(self.form) from None
        return pairs[1]


class AddressCipher(FieldCipher):
    """Seals private addresses and withheld texts. Its errors are `AddressKeyError`."""

    purpose = Purpose.ADDRESS
    error = AddressKeyError
    form = setup.ADDRESS_KEY_FORM
    other = setup.OTHER_ADDRESS_KEY


class SecretCipher(FieldCipher):
    """Seals what webhooks need: signing secrets, header values, and cursors, which cannot be forged.

    Its errors are `SecretKeyError`, and `AddressKeyError` where its keys follow from those for addresses.
    """

    purpose = Purpose.WEBHOOK
    error = SecretKeyError
    form = setup.WEBHOOK_KEY_FORM
    other = setup.WEBHOOK_KEY_OTHER


def build_vault(settings: Settings) -> AddressCipher:
    """Return the cipher described by `settings`. Touches no file yet."""
    return AddressCipher(build_keys(settings))


def build_secret_vault(settings: Settings) -> SecretCipher:
    """Return the cipher described by `settings`. Touches no file yet."""
    return SecretCipher(build_keys(settings))
