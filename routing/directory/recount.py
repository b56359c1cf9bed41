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
    """Return the snapshot with new counts for the given services (slugs); unknown slugs are passed over. Pure."""
    index, services = snapshot.service_index, snapshot.services
    counts_by_row = {
        index[slug]: capacities
        for slug, capacities in sorted(counts.items())
        if slug in index and services[index[slug]].capacities != capacities
    }
    if not counts_by_row:
        return snapshot
    records = list(services)
    for row, capacities in counts_by_row.items():
        records[row] = replace(records[row], capacities=capacities)
    rows = sorted(counts_by_row)
    columns, beds = snapshot.columns, beds_of([counts_by_row[row] for row in rows])
    lengths = np.diff(columns.beds)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    unchanged = ~np.isin(owner, rows)
    lengths = lengths.copy()
    lengths[rows] = np.diff(beds["beds"])
    order = np.argsort(np.concatenate([owner[unchanged], np.repeat(rows, lengths[rows])]), kind="stable")
    result = copy(snapshot)
    vars(result).update(
        services=tuple(records),
        columns=replace(
            columns,
            beds=offsets_of(lengths),
            beds_free=np.concatenate([columns.beds_free[unchanged], beds["beds_free"]])[order],
            beds_counted=np.concatenate([columns.beds_counted[unchanged], beds["beds_counted"]])[order],
        ),
    )
    return result
