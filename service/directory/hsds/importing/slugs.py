"""Names by which people and profiles can call imported records: readable, and always the same for the same record."""

from __future__ import annotations

import re
import unicodedata

from service.directory.standard.identity import id_of

_PREFIX = "hsds"
_LONGEST_NAME = 48
_OTHER = re.compile(r"[^a-z0-9]+")


def slug_of(record_type: str, name: object, record_id: str, *, long: bool = False) -> str:
    """Return `hsds-`, the name in plain letters (or the type), and a short mark of the id: whole if `long`. Pure.

    >>> slug_of("service", "Café & Detox", "42"), slug_of("service", None, "42")
    ('hsds-cafe-detox-6861179d', 'hsds-service-6861179d')
    """
    plain = unicodedata.normalize("NFKD", name if isinstance(name, str) else "").encode("ascii", "ignore").decode()
    readable = _OTHER.sub("-", plain.lower())[:_LONGEST_NAME].strip("-")
    mark = id_of(record_type, record_id).replace("-", "")  # of the id, for ids in a row begin alike
    return f"{_PREFIX}-{readable or record_type.replace('_', '-')}-{mark if long else mark[:8]}"
