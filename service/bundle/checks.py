"""Everything that relates two places of a bundle, in one call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.documents.node import Node
from service.errors import Problem

from .consistency import find_contradictions
from .names import Names
from .references import find_broken_references


def check_document(tree: dict[str, Any], *, apart: bool = False) -> Iterator[Problem]:
    """Yield what is dangling, doubled or contradictory in the plain data of a bundle.

    Works on data that the schema may refuse, so that all problems can be shown together. `apart`: where one record is
    written by whoever may not see the others, so that no answer tells a name that only another organization knows.
    """
    document = Node(tree)
    names = Names.of(document)
    yield from find_broken_references(document, names, apart=apart)
    yield from find_contradictions(document)
