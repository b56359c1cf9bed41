"""A call sheet walked item by item: what is done is left out, and each "no" leads to whoever is next. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]
WALKED = ("danger", "report", "call", "own", "none", "advocate", "maybe_report", "question")
"""The kinds of items that are done one after the other; safety, lines and notes are in sight meanwhile."""


def remaining(sheet: Sequence[Document], done: Collection[str], no: Collection[str]) -> list[dict[str, Any]]:
    """Return the items still to do, in order, each with its `key`, and with `no_key` where they can say no.

    `done`: keys of items. `no`: key and agency of each call that was answered with no. A call names whoever is next;
    after the last no, it's an open need with the lines for it.

    >>> call = {"kind": "call", "needs": ["food"], "to": {"slug": "house"}, "instead": [], "then": [], "title": "Food"}
    >>> [(item["kind"], item["key"]) for item in remaining([call], [], [])]
    [('call', 'call.house.food')]
    >>> [item["kind"] for item in remaining([call], [], ["call.house.food/house"])]
    ['none']
    >>> remaining([call], ["call.house.food"], [])
    []
    """
    return [_as_it_stands(key, item, no) for key, item in _with_keys(sheet) if key not in done]


def numbers_on(item: Document) -> set[str]:
    """Return the numbers to call or to text on an item of a sheet.

    >>> numbers_on({"kind": "none", "try": [{"phone": "211", "sms": None}]}), numbers_on({"kind": "own", "to": {}})
    ({'211'}, set())
    """
    receivers = item["to"] if isinstance(item.get("to"), list) else []
    one = (item, item.get("contact") or {}, item.get("number_from") or {})
    entries = (*one, *receivers, *item.get("try", ()), *item.get("instead", ()))
    return {number for entry in entries for name in ("phone", "sms") if (number := entry.get(name))}


def last_lines(answer: Document) -> list[Document]:
    """Return the lines for when nobody can help, without those whose number the answer's sheet has."""
    known = {number for item in answer["call_sheet"] for number in numbers_on(item)}
    return [line for line in answer["fallback_lines"] if not {line["phone"], line["sms"]} & known]


def _with_keys(sheet: Sequence[Document]) -> Iterator[tuple[str, Document]]:
    """Yield each item to walk with its key: what it is about, for another answer may have another order."""
    seen = Counter[str]()
    for item in sheet:
        if item["kind"] not in WALKED:
            continue
        agency = item["to"]["slug"] if isinstance(item.get("to"), Mapping) else None
        about = item.get("duty") or item.get("need") or item.get("phone") or ""
        question = item["question"]["attribute"] if item["kind"] == "question" else None
        parts = (item["kind"], agency, *item.get("needs", ()), about, question)
        key = ".".join(str(part) for part in parts if part)
        seen[key] += 1
        yield (f"{key}.{seen[key]}" if seen[key] > 1 else key), item


def _as_it_stands(key: str, item: Document, no: Collection[str]) -> dict[str, Any]:
    """Return an item as the agencies' answers leave it."""
    if item["kind"] != "call":
        return {**item, "key": key}
    others = [other for other in item["instead"] if f"{key}/{other['to']['slug']}" not in no]
    own_key = f"{key}/{item['to']['slug']}"
    if own_key not in no:
        return {**item, "key": key, "no_key": own_key, "instead": others}
    if not others:
        return {
            "kind": "none",
            "title": item["title"],
            "text": "",
            "try": item["then"],
            "key": key,
            "is_after_no": True,
        }
    first, *rest = others
    return {
        "kind": "call", "title": item["title"], "text": "", "to": first["to"], "via": None, "mode": "ask", "say": [],
        "contact": first, "availability": first["availability"], "inquire": item["inquire"], "instead": rest,
        "then": item["then"], "key": key, "no_key": f"{key}/{first['to']['slug']}", "is_after_no": True,
    }  # fmt: skip
