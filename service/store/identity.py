"""How an id follows from a slug: UUIDv5, so that the same bundle always gives the same ids, on any machine."""

from __future__ import annotations

from uuid import UUID, uuid5

NAMESPACE = UUID("5b0d0f6e-6f0c-4c8e-9a56-6b0f6f1f7c2d")


def id_of(kind: str, *names: str) -> str:
    """Return the HSDS id of the `kind` (a table name) known by `names`: a slug, or where a nameless part hangs."""
    return str(uuid5(NAMESPACE, ":".join((kind, *names))))
