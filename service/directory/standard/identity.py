"""Ids that follow from slugs: UUIDv5, so that the same bundle always gives the same ids, on any machine."""

from __future__ import annotations

from hashlib import sha1
from uuid import UUID

NAMESPACE = UUID("5b0d0f6e-6f0c-4c8e-9a56-6b0f6f1f7c2d")


def id_of(record_type: str, *names: str) -> str:
    """Return the HSDS id of an object: `record_type` is its table; `names` its slug, or the place of an unnamed part.

    The same id as `uuid.uuid5` gives, written out for speed: an import asks for a million ids.

    >>> id_of("organization", "harbor-house")
    'cbef3c4b-7246-58e5-a469-1af94ea1a454'
    """
    digest = bytearray(
        sha1(NAMESPACE.bytes + ":".join((record_type, *names)).encode(), usedforsecurity=False).digest()[:16]
    )
    digest[6] = digest[6] & 0x0F | 0x50  # version 5
    digest[8] = digest[8] & 0x3F | 0x80  # variant of RFC 9562
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def place_name(organization: str, slug: str, *, private: bool) -> str:
    """Return the name of a location in the store, from which its id follows. Pure.

    The name of a private location starts with the slug of its organization: no other organization's location can have
    the same name, so nobody finds out by adding a location whether a private location of a given slug exists.

    >>> place_name("harbor-house", "hh-house", private=True)
    'harbor-house:hh-house'
    """
    return f"{organization}:{slug}" if private else slug


def place_slug(name: str) -> str:
    """Return the slug of a location, given its name in the store. Pure.

    >>> place_slug("harbor-house:hh-house"), place_slug("library")
    ('hh-house', 'library')
    """
    return name.rpartition(":")[2]
