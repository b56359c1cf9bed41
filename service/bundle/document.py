"""Bytes to plain data: YAML or JSON, by content, with nothing in it that could surprise the rest of the program.

The result holds only dict (text keys), list, text, int, finite float, bool and None, is at most `DEEPEST` levels deep
and of bounded size. YAML is read by version 1.2's core rules, so that `on`, `no` and `22:00` are
text, and days stay text until a field asks for one. No tag is obeyed and no merge key is expanded.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from service.errors import BundleRefused, Problem
from service.wording import refusals

from .paths import ROOT, child
from .yaml_events import DEEPEST, Pairs, Unreadable, read_yaml

LARGEST_FILE = 64 * 1024 * 1024
LARGEST_INTEGER = 2**53


def parse_document(data: bytes) -> tuple[Any, tuple[Problem, ...]]:
    """Return the plain data in `data` and the problems that do not keep it from being read (a key given twice).

    Pure. Cost is linear in the size of the file, aliases written out.

    Raises:
        BundleRefused: it is not UTF-8, not YAML or JSON, more than one document, or too large or deep.
    """
    if len(data) > LARGEST_FILE:
        raise _refused(refusals.TOO_LARGE.format(largest_file=LARGEST_FILE // 1024**2))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(refusals.UTF_8.format(line=line)) from None
    settler = _Settler()
    tree = settler.settle(_parse(text), ROOT, 0)
    return tree, tuple(settler.problems)


def _parse(text: str) -> Any:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text, object_pairs_hook=Pairs)
        except RecursionError:
            raise _refused(refusals.TOO_DEEP.format(deepest=DEEPEST)) from None
        except ValueError:
            pass  # YAML may open with a brace too, and its message names the line
    try:
        return read_yaml(text)
    except Unreadable as error:
        raise _refused(str(error)) from None


def _refused(message: str) -> BundleRefused:
    return BundleRefused((Problem(ROOT, message),))


@dataclass(slots=True)
class _Settler:
    """Turns what a parser built into plain data, noting what is wrong with it."""

    problems: list[Problem] = field(default_factory=list)

    def settle(self, value: Any, path: str, depth: int) -> Any:
        if depth > DEEPEST:
            raise _refused(refusals.TOO_DEEP.format(deepest=DEEPEST))
        if isinstance(value, Pairs):
            return dict(self._entries(value, path, depth))
        if isinstance(value, list):
            return [self.settle(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
        return self._scalar(value, path)

    def _entries(self, pairs: Pairs, path: str, depth: int) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for raw_key, item in pairs:
            if not isinstance(raw_key, str):
                self.problems.append(Problem(path, refusals.KEYS_ARE_TEXT))
                continue
            at = child(path, raw_key)
            if raw_key in seen:
                self.problems.append(Problem(at, refusals.GIVEN_TWICE))
            seen.add(raw_key)
            yield self._scalar(raw_key, at), self.settle(item, at, depth + 1)

    def _scalar(self, value: Any, path: str) -> Any:
        if isinstance(value, str):
            if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
                self.problems.append(Problem(path, refusals.BAD_CHARACTER))
                return ""
        elif isinstance(value, float):
            if not math.isfinite(value):
                self.problems.append(Problem(path, refusals.FINITE_NUMBER))
                return 0.0
        elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            self.problems.append(Problem(path, refusals.ORDINARY_NUMBER))
            return 0
        return value
