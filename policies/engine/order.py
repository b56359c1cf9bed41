"""Read the order in which rules are shown: the shared one, and where in it a pack's own rules stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from policies.pack_files import read_yaml

ORDER_FILE = "order.yaml"


def read_order(folder: Path, names: Sequence[str], problems: list[str]) -> list[str]:
    """Return the shared order of `folder`, with the rules of each pack behind the shared rule that its own order names.

    Empty without a shared order. What places nothing goes to `problems`.
    """
    file = folder / ORDER_FILE
    if not file.is_file():
        return []
    shared = read_yaml(file)
    order = [*shared] if isinstance(shared, list) else []
    shared_ids = frozenset(order)
    for name in sorted(names, reverse=True):
        for rule_id, ids in _placements(folder, name, problems):
            if rule_id not in shared_ids:
                problems.append(f"{name}/{ORDER_FILE}: {rule_id} is not in the shared order")
                continue
            place = order.index(rule_id) + 1
            order[place:place] = ids
    if not order or len(set(order)) != len(order):
        problems.append(f"{ORDER_FILE}: must list each rule id once")
    return order


def _placements(folder: Path, name: str, problems: list[str]) -> Iterator[tuple[Any, list[str]]]:
    file = folder / name / ORDER_FILE
    placements = read_yaml(file) if file.is_file() else {}
    if isinstance(placements, dict) and all(isinstance(ids, list) for ids in placements.values()):
        yield from placements.items()
    else:
        problems.append(f"{name}/{ORDER_FILE}: must list rule ids under the rule that they follow")
