"""The closed vocabulary: its words, and the finite space of facts spanned by the words.

One file, `vocabulary.yaml`, gives the Cedar schema, the dimensions of the compiled rules, and the words for every
package. A *dimension* is a question with finitely many answers: an enumeration, or the yes/no of a flag or of a
member of a set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .errors import VocabularyError
from .pack_files import parse_yaml

VOCABULARY_FILE = Path(__file__).parent / "vocabulary.yaml"
SIDES = ("principal", "resource")
ABSENT = frozenset({"unknown", "none"})


@dataclass(frozen=True, slots=True)
class Dimension:
    """A finite question. `name` reads like Cedar: `principal.kind`, `context.marks[sud]`, `action`.

    `words` names the type of an enumeration, None for a yes/no; `values` are its answers in code order.
    """

    name: str
    words: str | None
    values: tuple[str | bool, ...]

    def codes(self, values: frozenset[str | bool]) -> frozenset[int]:
        """Return the codes of `values`; values outside the dimension are left out.

        >>> age = Dimension("context.age", "Age", ("minor", "adult", "unknown"))
        >>> sorted(age.codes(frozenset({"minor", "unknown", "child"})))
        [0, 2]
        """
        return frozenset(code for code, value in enumerate(self.values) if value in values)


@dataclass(frozen=True)
class Vocabulary:
    """The words, attributes and actions of `vocabulary.yaml`. Attribute specs: a type, `bool`, or `{set: type}`."""

    types: Mapping[str, tuple[str, ...]]
    actions: tuple[str, ...]
    agency: Mapping[str, str | Mapping[str, str]]
    context: Mapping[str, str | Mapping[str, str]]
    text: str

    def words(self, type_name: str) -> tuple[str, ...]:
        """Return every word of a type, in the file's order."""
        return self.types[type_name]

    def declarable(self, type_name: str) -> tuple[str, ...]:
        """Return the words of a type that an agency can declare: without `unknown` and `none`.

        >>> load_vocabulary().words("Reporter"), load_vocabulary().declarable("Reporter")
        (('none', 'child', 'child_and_adult', 'unknown'), ('child', 'child_and_adult'))
        """
        return tuple(word for word in self.types[type_name] if word not in ABSENT)

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return the dimensions of the space in a fixed order: holder, recipient, action, context."""
        dimensions: list[Dimension] = []
        for side in SIDES:
            dimensions += self._dimensions_of(side, self.agency)
        dimensions.append(Dimension("action", "Action", self.actions))
        return (*dimensions, *self._dimensions_of("context", self.context))

    def _dimensions_of(self, base: str, attributes: Mapping[str, str | Mapping[str, str]]) -> list[Dimension]:
        dimensions: list[Dimension] = []
        for name, spec in attributes.items():
            if isinstance(spec, Mapping):
                members = self.types[spec["set"]]
                dimensions += [Dimension(f"{base}.{name}[{word}]", None, (False, True)) for word in members]
            elif spec == "bool":
                dimensions.append(Dimension(f"{base}.{name}", None, (False, True)))
            else:
                dimensions.append(Dimension(f"{base}.{name}", spec, self.types[spec]))
        return dimensions

    def set_type(self, base: str, name: str) -> str | None:
        """Return the member type of a set attribute, None for an attribute without members.

        >>> load_vocabulary().set_type("principal", "regimes"), load_vocabulary().set_type("context", "age")
        ('Regime', None)
        """
        spec = (self.context if base == "context" else self.agency).get(name)
        return spec["set"] if isinstance(spec, Mapping) else None

    def schema(self) -> str:
        """Return the Cedar schema as JSON: every attribute required, every word enumerated."""
        entity_types: dict[str, Any] = {name: {"enum": list(words)} for name, words in self.types.items()}
        entity_types["Agency"] = {"shape": _record(self.agency)}
        applies = {"principalTypes": ["Agency"], "resourceTypes": ["Agency"], "context": _record(self.context)}
        actions = {action: {"appliesTo": applies} for action in self.actions}
        return json.dumps({"": {"entityTypes": entity_types, "actions": actions}})


def _record(attributes: Mapping[str, str | Mapping[str, str]]) -> dict[str, Any]:
    return {"type": "Record", "attributes": {name: _type(spec) for name, spec in attributes.items()}}


def _type(spec: str | Mapping[str, str]) -> dict[str, Any]:
    if isinstance(spec, Mapping):
        return {"type": "Set", "element": {"type": "Entity", "name": spec["set"]}}
    return {"type": "Boolean"} if spec == "bool" else {"type": "Entity", "name": spec}


def parse_vocabulary(text: str) -> Vocabulary:
    """Read a vocabulary from YAML text.

    Raises:
        VocabularyError: a part is missing, a word is repeated, or an attribute names an unknown type.
    """
    try:
        raw = parse_yaml(text)
        types = {name: tuple(words) for name, words in raw["words"].items()}
        actions, agency, context = tuple(raw["actions"]), raw["agency"], raw["context"]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as problem:
        raise VocabularyError("vocabulary needs words, actions, agency and context") from problem
    for name, words in (*types.items(), ("actions", actions)):
        if len(set(words)) != len(words) or not all(isinstance(word, str) and word for word in words):
            raise VocabularyError(f"`{name}` must list distinct words")
    for name, spec in (*agency.items(), *context.items()):
        type_name = spec.get("set") if isinstance(spec, dict) else spec
        if type_name not in types and type_name != "bool":
            raise VocabularyError(f"`{name}` has no known type")
    return Vocabulary(types, actions, agency, context, text)


@cache
def load_vocabulary() -> Vocabulary:
    """Return the vocabulary shipped with the program. Read once; safe to share between threads.

    >>> load_vocabulary().words("Reporter")[:2]
    ('none', 'child')
    """
    return parse_vocabulary(VOCABULARY_FILE.read_text(encoding="utf-8"))
