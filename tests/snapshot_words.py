"""All that the columns of a snapshot say, in words, so that two snapshots are compared whatever their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

import routing


def words_of(snapshot: routing.Snapshot) -> dict[str, Any]:
    """Return all that the columns say, in words: which number a word has is nobody's matter but the snapshot's."""
    words, columns = snapshot.words, snapshot.columns
    weeks, two_weeks = snapshot.weeks, 2 * 7 * 86_400_000_000
    hours_of = [
        [column[slice(*weeks.offsets[n : n + 2])].tolist() for column in (weeks.starts % two_weeks, weeks.until)]
        for n in range(len(snapshot.timetables))
    ]
    places = list(zip(columns.latitude.tolist(), columns.longitude.tolist(), strict=True))
    numbered: Mapping[str, Any] = {
        "door": words.doors, "requires": words.requires, "intake": words.intakes, "places": places,
        "timetable": list(zip(snapshot.timetables, hours_of, strict=True)), "kind": words.kinds, "like": words.likes,
    }  # fmt: skip
    all_words: dict[str, Any] = {"words": [words.types, words.genders, words.traits, words.languages]}
    for whole in (columns, snapshot.organization_columns, snapshot.agreement_columns, snapshot.by_place):
        for name in (field.name for field in fields(whole)):
            values = rows_of(getattr(whole, name))
            if name in numbered:
                values = [
                    [numbered[name][n] for n in value] if isinstance(value, list) else numbered[name][value]
                    for value in values
                ]
            if name not in ("latitude", "longitude"):
                all_words[f"{type(whole).__name__}.{name}"] = values
    all_words["by_type"] = rows_of(snapshot.by_type)
    all_words["doors"] = {
        door: (kinds, bool(members), others.tolist())
        for door, kinds, members, others in (
            (
                words.doors[n],
                {kind for kind, is_in in zip(words.kinds, snapshot.doors.kinds[n], strict=True) if is_in}
                & {agency.kind for agency in snapshot.organizations},
                snapshot.doors.members[n],
                snapshot.doors.organizations[n],
            )
            for n in {*columns.door.tolist()}
        )
    }
    same = (
        *("version", "organizations", "services", "agreements", "organization_index", "service_index"),
        *("areas", "law", "interpreted", "designated_types"),
    )
    return all_words | {name: getattr(snapshot, name) for name in same}


def rows_of(column: Any) -> Any:
    if isinstance(column, int):
        return column
    if isinstance(column, np.ndarray):
        return column.tolist()
    return [column[row].tolist() for row in range(len(column.offsets) - 1)]
