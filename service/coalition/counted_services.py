"""The services of a directory as columns, counted for all needs and age bands of an area in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import routing
from routing import Acceptance
from routing.kept import cached_property

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
BITS, _WORD = 64, (1 << 64) - 1
_ENGLISH = frozenset({"en"})


class Counts(NamedTuple):
    """Counts of one area: each an array, age bands by needs.

    `organization`: the index of an organization with services there, the only one where `organizations` is 1.
    `languages`: a bit for each language of the directory, in words of 64 bits, as a further dimension.
    """

    services: Numbers
    organizations: Numbers
    organization: Numbers
    always_open: Numbers
    any_language: Numbers
    by_referral_only: Numbers
    unsure: Numbers
    languages: NDArray[np.uint64]


class CountedServices:
    """The counted facts of the active services (`rows`) of a snapshot, with an entry for each need that one meets.

    Entries are in the order of `types`, then of organizations, so that every need, and every organization of a need,
    is a slice of them. `types`: the needs that any of the services meets, of those asked for.
    """

    def __init__(self, snapshot: routing.Snapshot, rows: NDArray[np.int32], types: Sequence[str]) -> None:
        """Take a snapshot, its active services, and the needs to count."""
        owners, wanted = snapshot.columns.organization, [snapshot.postings.get(one, rows[:0]) for one in types]
        active = snapshot.columns.active
        offered = [found[active[found]] for found in wanted]
        self.types = [one for one, found in zip(types, offered, strict=True) if len(found)]
        entries = [found[np.argsort(owners[found], kind="stable")] for found in offered if len(found)]
        self._rows = np.concatenate([rows[:0], *entries])
        self._place = np.searchsorted(rows, self._rows)
        self._services = snapshot.services
        need = np.repeat(np.arange(len(entries)), [len(found) for found in entries])
        owner = owners[self._rows]
        begins = np.ones(len(need), dtype=np.bool_)
        begins[1:] = (need[1:] != need[:-1]) | (owner[1:] != owner[:-1])
        self._owner_begins = np.flatnonzero(begins)
        self.owners = owner[self._owner_begins].astype(np.int64)
        self._need_begins = np.searchsorted(need, np.arange(len(entries)))
        self._need_owners = np.searchsorted(need[self._owner_begins], np.arange(len(entries)))

    def count(self, taken: Acceptance) -> Counts:
        """Return the counts of an area by the services taken there."""
        sure, unsure = taken.sure[:, self._place], taken.unsure[:, self._place]
        owning = self.by_owner(taken.sure)
        words = [np.where(sure, word, np.uint64(0)) for word in self._languages]
        return Counts(
            services=self._sum(sure),
            organizations=self.count_owners(owning),
            organization=np.maximum.reduceat(np.where(owning, self.owners, -1), self._need_owners, axis=1),
            always_open=self._sum(sure & self._always_open),
            any_language=self._sum(sure & self._any_language),
            by_referral_only=self._sum(sure & self._by_referral_only),
            unsure=self._sum(unsure),
            languages=np.stack([np.bitwise_or.reduceat(word, self._need_begins, axis=1) for word in words], axis=-1),
        )

    def by_owner(self, sure: Flags) -> Flags:
        """Return which organizations surely take for a need, age bands by the organizations of each need (`owners`)."""
        found: Flags = np.logical_or.reduceat(sure[:, self._place], self._owner_begins, axis=1)
        return found

    def count_owners(self, flags: Flags) -> Numbers:
        """Return the number of flagged organizations for each need; `flags`: one for each of `owners`."""
        found: Numbers = np.add.reduceat(flags, self._need_owners, axis=-1, dtype=np.int64)
        return found

    def _sum(self, flags: Flags) -> Numbers:
        found: Numbers = np.add.reduceat(flags, self._need_begins, axis=1, dtype=np.int64)
        return found

    @cached_property
    def _records(self) -> list[routing.Service]:
        return [self._services[row] for row in self._rows.tolist()]

    @cached_property
    def _always_open(self) -> Flags:
        known: dict[tuple[routing.Schedule, ...], bool] = {}
        for one in self._records:
            if one.schedules not in known:
                known[one.schedules] = routing.is_always_open(one.schedules)
        return np.array([known[one.schedules] for one in self._records], dtype=np.bool_)

    @cached_property
    def _any_language(self) -> Flags:
        return np.array([one.interpretation for one in self._records], dtype=np.bool_)

    @cached_property
    def _by_referral_only(self) -> Flags:
        """Whether no client can come without a hand-off."""
        closed = ("self" not in one.accepts or "anyone" not in one.accepts_from for one in self._records)
        return np.array(list(closed), dtype=np.bool_)

    @cached_property
    def tags(self) -> list[str]:
        """The languages of the services, one for each bit."""
        return sorted(frozenset[str]().union(*self._spoken))

    @cached_property
    def _spoken(self) -> list[frozenset[str]]:
        """The languages of each entry; a service that names none has English."""
        return [one.languages or _ENGLISH for one in self._records]

    @cached_property
    def _languages(self) -> NDArray[np.uint64]:
        """The languages of each entry as bits, words by entries."""
        bit = {tag: 1 << place for place, tag in enumerate(self.tags)}
        masks = [sum(bit[tag] for tag in tags) for tags in self._spoken]
        words = range(0, len(self.tags), BITS)
        return np.array([[mask >> first & _WORD for mask in masks] for first in words], dtype=np.uint64)
