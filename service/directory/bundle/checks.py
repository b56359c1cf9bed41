"""Every check that relates two places of a bundle, in a single call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.infrastructure.documents.node import Node
from service.infrastructure.errors import Problem

from .consistency import find_contradictions
from .names import Names
from .references import find_broken_references


def check_document(tree: dict[str, Any], *, apart: bool = False) -> Iterator[Problem]:
    """Yield a problem for each dangling reference, doubled name and contradiction in the plain data of a bundle.

    Works also on data that the schema refuses, so that every problem is shown at once. `apart`: the writer of a single
    record may not see the records of other organizations, so no problem tells a name that only such a record holds.

    >>> list(check_document({"areas": [{"code": "salt-prairie", "within": "us-tx"}]}))
    [Problem(path='areas[0].within', message='is no area in `areas`')]
    """
    document = Node(tree)
    names = Names.of(document)
    yield from find_broken_references(document, names, apart=apart)
    yield from find_contradictions(document)
