"""The tables of the coalition's pages, made of documents of the interface. Pure.

`words`: the functions that put words into the reader's language, as templates have them (`Visit.words`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from service.page.tables import Table

Words = Mapping[str, Any]
Document = Mapping[str, Any]
Ages = tuple[int, int]
OLDEST = 120
"""The last completed year of a band stands for any age from its first on."""


def hand_offs(document: Document, words: Words) -> Table:
    """Return the receivers of each agency's hand-offs, by relationship."""
    t, names = words["t"], {organization["slug"]: organization["name"] for organization in document["organizations"]}
    receivers: dict[tuple[str, str], list[str]] = {}
    for edge in document["edges"]:
        receivers.setdefault((edge["from"], edge["relationship"]), []).append(names[edge["to"]])
    rows = [
        (names[slug], t(f"relationship.{relationship}"), "; ".join(to))
        for (slug, relationship), to in sorted(receivers.items())
    ]
    heads = (t("coalition.map.from"), t("coalition.map.how"), t("coalition.map.to"))
    return Table("map", t("coalition.map.caption"), heads, tuple(rows))


def kinds_of(document: Document) -> dict[str, int]:
    """Return the kinds of the agencies on a map, each with the number of its agencies.

    >>> kinds_of({"groups": [], "organizations": [{"kind": "health"}, {"kind": None}, {"kind": "health"}]})
    {'health': 2}
    """
    counts: dict[str, int] = {}
    entries = document["groups"] or [{**agency, "organizations": 1} for agency in document["organizations"]]
    for entry in entries:
        if entry["kind"]:
            counts[entry["kind"]] = counts.get(entry["kind"], 0) + entry["organizations"]
    return dict(sorted(counts.items()))


def matrix(document: Document, words: Words) -> Table:
    """Return how many pairs of agencies can hand over, by the kind that hands over and the kind that receives."""
    pairs: dict[tuple[str, str], int] = {}
    if document["groups"]:
        kinds = [group["kind"] for group in document["groups"]]
        edges = [(kinds[edge["from"]], kinds[edge["to"]], edge["pairs"]) for edge in document["group_edges"]]
    else:
        kind_of = {agency["slug"]: agency["kind"] for agency in document["organizations"]}
        linked = {(edge["from"], edge["to"]) for edge in document["edges"]}
        edges = [(kind_of[giving], kind_of[taking], 1) for giving, taking in linked]
    for giving, taking, count in edges:
        pairs[giving, taking] = pairs.get((giving, taking), 0) + count
    named = {kind: str(words["code"]("agency_kind", kind)) for kind in kinds_of(document)}
    rows = [(name, *(str(pairs.get((giving, taking), "")) for taking in named)) for giving, name in named.items()]
    return Table(
        "map", words["t"]("coalition.map.matrix"), (words["t"]("coalition.map.from"), *named.values()), tuple(rows)
    )


def groups(document: Document, words: Words, areas: Mapping[str, str]) -> Table:
    """Return the groups of a large map, by kind and area."""
    t, code = words["t"], words["code"]
    rows = [
        (
            code("agency_kind", group["kind"]) if group["kind"] else "-",
            areas.get(group["area"], group["area"] or "-"),
            str(group["organizations"]),
        )
        for group in document["groups"]
    ]
    heads = (t("coalition.map.kind"), t("coalition.coverage.area"), t("coalition.map.agencies"))
    return Table("map", t("coalition.map.groups"), heads, tuple(rows))


def single_points(
    document: Document, words: Words, names: Mapping[str, str], areas: Mapping[str, str]
) -> list[tuple[str, dict[str, list[str]], list[str]]]:
    """Return each agency that nobody could stand in for: its name, what only it gives, and whom only it reaches.

    The needs go by the names of their areas, those of all areas by an empty text.
    """
    points = []
    for point in document["single_points"]:
        places: dict[str, list[str]] = {}
        for loss in point["lost"]:
            places.setdefault(loss["type"], []).append(loss["area"])
        needs: dict[str, list[str]] = {}
        for need, codes in places.items():
            where = "" if areas.keys() <= set(codes) else "; ".join(areas.get(code, code) for code in codes)
            needs.setdefault(where, []).append(words["code"]("need", need))
        cut_off = [names.get(slug, slug) for slug in point["cuts_off"]]
        points.append((names.get(point["organization"], point["organization"]), needs, cut_off))
    return points


def focus_ages(document: Document) -> str:
    """Return the ages where most members are strong, empty where no member says what it offers.

    >>> focus_ages({"focus": {"types": [], "age": {"min": 11, "max": 17}}})
    '11-17'
    """
    focus = document["focus"]
    return age_range(ages_of(focus)) if focus and focus["age"] else ""


def coverage(document: Document, words: Words) -> Table:
    """Return how many agencies meet a need, by age."""
    counts: dict[str, dict[Ages, int]] = {}
    for cell in document["cells"]:
        counts.setdefault(cell["type"], {})[ages_of(cell)] = cell["organizations"]
    bands = [(band["min"], band["max"]) for band in document["bands"]]
    rows = [
        (words["code"]("need", need), *(str(cells.get(band, 0)) for band in bands)) for need, cells in counts.items()
    ]
    heads = (words["t"]("coalition.coverage.need"), *map(age_range, bands))
    return Table("coverage", words["t"]("coalition.coverage.caption"), heads, tuple(rows))


def due(document: Document, words: Words) -> Table:
    """Return the due items, by day."""
    t = words["t"]
    rows = [
        (words["say"].day(item["due"]), t(f"coalition.due.{item['state']}"), t(f"due.{item['kind']}"),
         item["plain"])
        for item in document["items"]
    ]  # fmt: skip
    heads = tuple(t(f"coalition.due.{name}") for name in ("day", "state", "kind", "what"))
    return Table("due", t("coalition.due.title"), heads, tuple(rows))


def exchange(document: Document, words: Words, names: Mapping[str, str]) -> Table:
    """Return what members offer and want."""
    t = words["t"]
    rows = [
        (names.get(slug := member["organization"], slug), "; ".join(member["offers"]), "; ".join(member["wants"]))
        for member in document["members"] if member["offers"] or member["wants"]
    ]  # fmt: skip
    heads = tuple(t(f"coalition.exchange.{name}") for name in ("member", "offers", "wants"))
    return Table("exchange", t("coalition.exchange.members"), heads, tuple(rows))


def contacts(document: Document, words: Words, names: Mapping[str, str]) -> Table:
    """Return the contact of each member, as far as the reader may know."""
    t = words["t"]
    rows = [
        (names.get(slug := contact["organization"], slug), words["code"]("role", contact["role"]),
         contact["name"] or "", "; ".join(dict.fromkeys(filter(None, (contact["line"], *contact["phones"])))),
         contact["email"] or "", words["say"].day(contact["until"]) if contact["until"] else "",
         contact["successor"] or "")
        for contact in document["contacts"]
    ]  # fmt: skip
    columns = ("role", "name", "number", "email", "ends", "successor")
    heads = (t("coalition.exchange.member"), *(t(f"coalition.contacts.{name}") for name in columns))
    return Table("contacts", t("coalition.contacts.title"), heads, tuple(rows))


def meanings(document: Document, words: Words, names: Mapping[str, str]) -> Table:
    """Return the agencies of each meaning of the words with several meanings."""
    t = words["t"]
    rows = [
        (word["term"], words["code"]("need", meaning["means"], meaning["name"]),
         "; ".join(names.get(slug, slug) for slug in meaning["organizations"]))
        for word in document["words"] for meaning in word["meanings"]
    ]  # fmt: skip
    heads = (t("coalition.words.word"), t("coalition.words.meaning"), t("coalition.map.agencies"))
    return Table("words", t("coalition.words.title"), heads, tuple(rows))


def outcomes(document: Document, words: Words, by: str) -> Table:
    """Return the counted outcomes, and how long answers took."""
    t = words["t"]
    steps = ("answer", "acceptance", "completion") if by == "type" else ()
    topic = {"type": "need", "outcome": "outcome", "reason": "answered"}.get(by, by)
    rows = [
        (words["code"](topic, row["value"], row["name"]), str(row["referrals"]),
         t(f"coalition.outcomes.{row['answered'] or 'not_told'}"),
         *(t(f"coalition.outcomes.time_{(row['times'] or {}).get(step, 'not_told')}") for step in steps))
        for row in document["rows"]
    ]  # fmt: skip
    heads = (
        t(f"coalition.outcomes.by_{by}"), t("coalition.outcomes.count"), t("coalition.outcomes.answer"),
        *(t(f"coalition.outcomes.to_{step}") for step in steps),
    )  # fmt: skip
    return Table("outcomes", t("coalition.outcomes.title"), heads, tuple(rows))


def ages_by_need(places: Iterable[Document]) -> dict[str, str]:
    """Return the ages of each need as ranges, bands that follow each other in one.

    >>> ages_by_need([{"type": "food", "age": {"min": 0, "max": 10}}, {"type": "food", "age": {"min": 11, "max": 17}}])
    {'food': '0-17'}
    """
    by_need = groupby(sorted((place["type"], *ages_of(place)) for place in places), itemgetter(0))
    return {need: ", ".join(map(age_range, ranges((low, high) for _, low, high in bands))) for need, bands in by_need}


def ranges(bands: Iterable[Ages]) -> list[Ages]:
    """Return age bands, rising, as the fewest ranges.

    >>> ranges([(0, 10), (11, 17), (18, 20), (65, 120)])
    [(0, 20), (65, 120)]
    """
    ages: list[Ages] = []
    for low, high in bands:
        begins = ages.pop()[0] if ages and low <= ages[-1][1] + 1 else low
        ages.append((begins, high))
    return ages


def age_range(ages: Ages) -> str:
    """Return an age range in signs.

    >>> age_range((11, 17)), age_range((18, 120)), age_range((5, 5))
    ('11-17', '18+', '5')
    """
    low, high = ages
    if high >= OLDEST:
        return f"{low}+"
    return str(low) if low == high else f"{low}-{high}"


def ages_of(place: Document) -> Ages:
    """Return the age band of a place in coverage."""
    return place["age"]["min"], place["age"]["max"]


def what_if(result: Document, words: Words) -> Table:
    """Return how many drawn calls got a yes, before and after, by need; the last row is of all needs."""
    t, code = words["t"], words["code"]
    columns = ("first", "second", "third", "nobody")
    rows = [
        (
            code("need", row["type"]) if row["type"] else t("coalition.what-if.all"),
            str(row["calls"]),
            *(f"{row['before'][column]} → {row['after'][column]}" for column in columns),
        )
        for row in (*result["calls"], result["all_calls"])
    ]
    heads = [t(f"coalition.what-if.column.{name}") for name in ("need", "calls", *columns)]
    return Table("what-if", t("coalition.what-if.caption"), tuple(heads), tuple(rows))
