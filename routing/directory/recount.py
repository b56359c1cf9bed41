"""The same directory with other bed counts: counts change many times a day and need no snapshot built anew."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace

import numpy as np

from routing.directory.agencies import Capacity
from routing.directory.columns import offsets_of
from routing.directory.encode_records import beds_of
from routing.directory.snapshot import Snapshot


def recount(snapshot: Snapshot, counts: Mapping[str, tuple[Capacity, ...]]) -> Snapshot:
    """Return the snapshot with new counts for the given services (slugs); unknown slugs are passed over.

    Pure; `snapshot` stays unchanged. The cost is a copy of the columns of counts and of one pointer for each service:
    every finding about the directory is shared.
    """
    index, services = snapshot.service_index, snapshot.services
    changed = {
        index[slug]: counted
        for slug, counted in sorted(counts.items())
        if slug in index and services[index[slug]].capacities != counted
    }
    if not changed:
        return snapshot
    records = list(services)
    for row, counted in changed.items():
        records[row] = replace(records[row], capacities=counted)
    rows = sorted(changed)
    columns, fresh = snapshot.columns, beds_of([changed[row] for row in rows])
    lengths = np.diff(columns.beds)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    kept = ~np.isin(owner, rows)
    lengths = lengths.copy()
    lengths[rows] = np.diff(fresh["beds"])
    order = np.argsort(np.concatenate([owner[kept], np.repeat(rows, lengths[rows])]), kind="stable")
    same = copy(snapshot)
    vars(same).update(
        records=replace(snapshot.records, services=tuple(records)),
        columns=replace(
            columns,
            beds=offsets_of(lengths),
            beds_free=np.concatenate([columns.beds_free[kept], fresh["beds_free"]])[order],
            beds_counted=np.concatenate([columns.beds_counted[kept], fresh["beds_counted"]])[order],
        ),
    )
    return same
