"""How an id follows from a slug: UUIDv5, so that the same bundle always gives the same ids, on any machine."""

from __future__ import annotations

from hashlib import sha1
from uuid import UUID

NAMESPACE = UUID("5b0d0f6e-6f0c-4c8e-9a56-6b0f6f1f7c2d")


def id_of(kind: str, *names: str) -> str:
    """Return the HSDS id of the `kind` (a table name) known by `names`: a slug, or where a nameless part hangs.

    `uuid.uuid5` of the same words, written out: an import asks for a million of them.
    """
    digest = bytearray(sha1(NAMESPACE.bytes + ":".join((kind, *names)).encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50  # version 5
    digest[8] = digest[8] & 0x3F | 0x80  # variant of RFC 9562
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def place_name(organization: str, slug: str, *, private: bool) -> str:
    """Return the name that a location has in the store, from which its id follows. Pure.

    A private one goes by its organization's slug too (`harbor-house:hh-house`): no other location meets its name, and
    so none can be made to find out whether there is one of that name.
    """
    return f"{organization}:{slug}" if private else slug


def place_slug(name: str) -> str:
    """Return the slug of the location that has this name in the store. Pure."""
    return name.rpartition(":")[2]
