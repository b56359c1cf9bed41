"""One version of the directory, ready to answer from: what a request pins and never sees change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import policies
import routing
from service.sharing import PolicyDirectory
from service.store import Presentation, UnitOfWork


@dataclass(frozen=True)
class Served:
    """Everything that an answer is made from, all of one directory version. Immutable; shared by all requests."""

    snapshot: routing.Snapshot
    policy: PolicyDirectory
    names: Presentation
    rulebook: policies.Rulebook

    @property
    def directory_version(self) -> int:
        """The version of the directory that all parts were read at."""
        return self.snapshot.version


def load_served(unit_of_work: UnitOfWork) -> Served:
    """Read the store once, all of it as of one moment, and build what answers are made from.

    Raises:
        NothingLoaded: the store holds no coalition.
        routing.DirectoryError: the records contradict each other.
        policies.PackError: the coalition's rule packs cannot be used.
    """
    with unit_of_work:
        coalition = unit_of_work.coalition
        directory = coalition.read_directory()
        records = coalition.read_policy_records()
        names = coalition.read_presentation()
    return Served(
        snapshot=routing.build_snapshot(directory),
        policy=PolicyDirectory(
            agencies=dict(records.agencies),
            agreements={agreement.id: agreement for agreement in records.agreements},
            equivalent_forms=records.equivalent_forms,
        ),
        names=names,
        rulebook=_rulebook(records.packs),
    )


@lru_cache(maxsize=8)
def _rulebook(packs: tuple[str, ...]) -> policies.Rulebook:
    """Compile a choice of packs once a process: they change with the program, not with the directory."""
    return policies.load_rulebook(packs)
