"""What the pages say, in English by key, from the files beside; each key tells the uses of one English text apart.

Labels of the closed lists stand with their words (`service.vocabulary`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import yaml

from policies.messages import Message
from service.vocabulary import LISTS

LABELS = {
    "need": "service_types",
    "data": "data_classes",
    "urgency": "urgencies",
    "mark": "marks",
    "choice.client.gender": "genders",
    "agency_kind": "kinds",
}
"""Parts whose texts are the labels of a closed list, or its names where the list has no labels."""
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _texts() -> Iterator[tuple[str, Message]]:
    folder = files(__package__)
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            tree = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - makes text of all there is
            yield from ((key, Message(text, key)) for key, text in _flat(tree))
    for part, name in LABELS.items():
        for code, word in LISTS[name].items():
            label = Message(word.name.en, name) if word.label is None else Message(word.label.en, f"{name} on pages")
            yield f"{part}.{code}", label


def _flat(tree: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", str(value)


TEXTS: Mapping[str, Message] = dict(_texts())
"""The texts by their keys: `intake.title` for `title` under `intake`; `on` and `no` are keys too."""
