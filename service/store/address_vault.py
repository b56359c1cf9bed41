"""Seals private addresses, and opens them again: Fernet (AES-128-CBC with HMAC-SHA-256), one key for a store."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import make_url

from service.errors import AddressKeyError
from service.private_files import ReadableByOthers, make_private_file, read_private_file
from service.settings import Settings
from service.wording import setup

_MAX_BYTES = 1024


class AddressVault:
    """Holds the key, or the key's place. The key is looked for at first use and made at the first sealing.

    Safe to share between threads: at worst the same key is read twice.
    """

    def __init__(self, *, key: str | None = None, key_file: Path | None = None) -> None:
        """Take the key itself, or the key's file; with neither, sealing and opening fail."""
        self._key = key
        self._key_file = key_file
        self._cipher: Fernet | None = None

    def seal(self, plain: str) -> str:
        """Return `plain` sealed. Sealing the same text twice gives two different results.

        Raises:
            AddressKeyError: no key and no place to keep a new key, or a malformed key.

        >>> vault = AddressVault(key=Fernet.generate_key().decode())
        >>> vault.open(vault.seal("3 Sedge Way")), vault.seal("3 Sedge Way") == vault.seal("3 Sedge Way")
        ('3 Sedge Way', False)
        """
        return self._find_cipher(make=True).encrypt(plain.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Return the plain text of a sealed text.

        Raises:
            AddressKeyError: no key, a malformed key, or a key other than the sealing key.
        """
        try:
            return self._find_cipher(make=False).decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise AddressKeyError(setup.OTHER_ADDRESS_KEY) from None

    def rehearsing(self) -> AddressVault:
        """Return a vault with the key at hand, or else with a new key that is kept nowhere; the vault writes no file.

        Raises:
            AddressKeyError: the key file cannot be read.
        """
        return AddressVault(key=self._key or self._read_key_file() or Fernet.generate_key().decode("ascii"))

    def derive(self, purpose: str, *, make: bool) -> str:
        """Return a Fernet key derived from the vault's key, for another purpose; neither key reveals the other.

        `make`: make the vault's key if absent.

        Raises:
            AddressKeyError: no key, or a malformed key.
        """
        self._find_cipher(make=make)
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        return urlsafe_b64encode(derivation.derive(urlsafe_b64decode(self._find_key(make=make)))).decode("ascii")

    def _find_cipher(self, *, make: bool) -> Fernet:
        if self._cipher is None:
            try:
                self._cipher = Fernet(self._find_key(make=make))
            except ValueError:
                raise AddressKeyError(setup.ADDRESS_KEY_FORM) from None
        return self._cipher

    def _find_key(self, *, make: bool) -> str:
        key = self._key or self._read_key_file() or (self._make_key_file() if make else None)
        if not key:
            raise AddressKeyError(setup.ADDRESS_KEY_NEEDED)
        return key

    def _read_key_file(self) -> str | None:
        if self._key_file is None:
            return None
        try:
            return read_private_file(self._key_file, most=_MAX_BYTES).decode("ascii").strip()
        except FileNotFoundError:
            return None
        except ReadableByOthers:
            raise AddressKeyError(setup.ADDRESS_KEY_MODE) from None
        except (OSError, ValueError):
            raise AddressKeyError(setup.ADDRESS_KEY_NOT_READ) from None

    def _make_key_file(self) -> str | None:
        """Make the key file; of two makers at once, one key wins for both."""
        if self._key_file is None:
            return None
        try:
            make_private_file(self._key_file, Fernet.generate_key())
        except (OSError, ValueError):
            raise AddressKeyError(setup.ADDRESS_KEY_NOT_WRITTEN) from None
        return self._read_key_file()


def build_vault(settings: Settings) -> AddressVault:
    """Return the vault described by `settings`. Touches no file yet."""
    if settings.address_key is not None:
        return AddressVault(key=settings.address_key.get_secret_value())
    return AddressVault(key_file=settings.address_key_file or _beside_database(settings.database))


def _beside_database(database: str) -> Path | None:
    url = make_url(database)
    in_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return Path(str(url.database)).with_suffix(".key") if in_file else None
