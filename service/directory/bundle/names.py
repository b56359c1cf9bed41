"""The ids and codes that a bundle defines, gathered once for the checks."""

from __future__ import annotations

from dataclasses import dataclass

from service.infrastructure.documents.node import Node, organizations_of
from service.words import vocabulary


@dataclass(frozen=True, slots=True)
class Names:
    """The targets of references: the ids and codes that the bundle defines, with the built-in codes."""

    organizations: frozenset[str]
    areas: frozenset[str]
    forms: frozenset[str]
    types: frozenset[str]
    traits: frozenset[str]

    @classmethod
    def of(cls, document: Node) -> Names:
        """Return the ids and codes defined in `document`.

        >>> names = Names.of(Node({"areas": [{"code": "us-tx"}], "vocabulary": [{"code": "sober_living"}]}))
        >>> names.areas, "sober_living" in names.types, "detox" in names.types  # the last is built in
        (frozenset({'us-tx'}), True, True)
        """
        codes = [(row.text("code"), row.text("kind")) for row in document.rows("vocabulary")]
        return cls(
            organizations=_texts(organizations_of(document), "id"),
            areas=_texts(document.rows("areas"), "code"),
            forms=_texts(document.rows("release_forms"), "id"),
            types=frozenset(vocabulary.SERVICE_TYPES)
            | {code for code, word_type in codes if code and word_type != "trait"},
            traits=frozenset(vocabulary.TRAITS) | {code for code, word_type in codes if code and word_type == "trait"},
        )


def _texts(rows: list[Node], key: str) -> frozenset[str]:
    return frozenset(text for row in rows if (text := row.text(key)) is not None)
