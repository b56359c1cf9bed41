"""Ids that follow from slugs and codes: UUIDv5, so that the same bundle gives the same ids on any machine. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha1
from typing import Any
from uuid import UUID

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
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


def is_uuid(value: Any) -> bool:
    """Say whether a value is a UUID as text, in small or large letters, with its four hyphens.

    >>> is_uuid("0b7c8a52-6d5b-4a51-8f0e-2f4d3b5c6e7f"), is_uuid("lotus-center")
    (True, False)
    """
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


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


TYPES_TAXONOMY: Mapping[str, Any] = {
    "id": id_of("taxonomy", "referral-router", "service-types"),
    "name": "Referral service types",
    "description": "What a service is for, in the codes by which referrals are routed.",
}


def term_of(code: str) -> dict[str, Any]:
    """Return a service type as an HSDS taxonomy term.

    >>> term = term_of("emergency_shelter")
    >>> term["name"], term["taxonomy"]
    ('Emergency shelter', 'Referral service types')
    """
    name = code.replace("_", " ").capitalize()
    return {
        "id": id_of("taxonomy_term", "referral-router", code),
        "code": code,
        "name": name,
        "description": f"{name} (service type)",
        "taxonomy": TYPES_TAXONOMY["name"],
        "taxonomy_detail": dict(TYPES_TAXONOMY),
        "taxonomy_id": TYPES_TAXONOMY["id"],
    }
