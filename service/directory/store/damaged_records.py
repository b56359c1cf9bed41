"""Records whose stored document has a form that the program does not write, such as one changed by hand."""

from __future__ import annotations

import json
import logging

from pydantic import ValidationError
from sqlalchemy import Connection, Text, cast, select

from service.database.unit_of_work import DAMAGE

from .directory_tables import records

log = logging.getLogger(__name__)

_BESIDE = (("id",), ("code",))
"""What a class asks for that is stored beside the document."""
_AT_ONCE = 1_000


def has_damaged(connection: Connection) -> bool:
    """Say whether a record of the directory is damaged; each is a line in the log, by type and id."""
    document = cast(records.c.document, Text).label("document")
    query = select(records.c.type, records.c.id, document).execution_options(yield_per=_AT_ONCE)
    damaged = [row for row in connection.execute(query) if is_damaged(row.type, row.document)]
    for row in damaged:
        log.error("record damaged", extra={"type": row.type, "id": row.id})
    return bool(damaged)


DAMAGE.append(has_damaged)


def is_damaged(record_type: str, document: str) -> bool:
    """Say whether a document (JSON) lacks a field of its class, or holds a value of another kind in one. Pure.

    What a class does not know, and a value of the right kind that is wrong, is told when a record is written.

    >>> is_damaged("area", '{"name": "Harbor"}'), is_damaged("area", '{"name": 7}'), is_damaged("area", "{")
    (False, True, True)
    """
    from service.directory.bundle.schema import RECORD_CLASSES  # noqa: PLC0415 - takes long, and is seldom needed

    try:
        content = json.loads(document)
        if record_type in RECORD_CLASSES:
            RECORD_CLASSES[record_type].model_validate(content)
    except ValidationError as error:
        kinds = ((detail["type"], detail["loc"]) for detail in error.errors(include_input=False, include_url=False))
        return any(kind.endswith("_type") or (kind == "missing" and place not in _BESIDE) for kind, place in kinds)
    except ValueError:
        return True
    return not isinstance(content, dict)
