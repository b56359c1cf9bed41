"""The modes in which the services of a directory take this client. Contract, "Modes"."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from routing.client.scenario import Scenario
from routing.costs import MODES
from routing.directory.arrays import Ints
from routing.directory.columns import Rows

WARM, SELF, PACKET = (1 << place for place in range(len(MODES)))
BY_WORD = WARM | SELF


def usable_modes(scenario: Scenario, rows: Rows, *service_types: str, index: Ints | None = None) -> NDArray[np.uint8]:
    """Return the modes (a mask) in which each service takes the client for a type, as in `Confirming.at`. Pure."""
    present = scenario.profile.client_present is True
    modes = scenario.snapshot.columns.modes[rows] & np.uint8(BY_WORD | PACKET if present else SELF | PACKET)
    if scenario.profile.may_call:
        return modes
    if all(service_types):
        called = np.array([may_be_called(scenario, (service_type,)) for service_type in service_types], dtype=np.bool_)
        called = np.repeat(called, len(rows)) if index is None else called[index]
    else:
        called = np.array([may_be_called(scenario, scenario.service(row).types) for row in rows.tolist()], np.bool_)
    return np.where(called, modes, modes & np.uint8(WARM | PACKET))


def may_be_called(scenario: Scenario, service_types: Collection[str]) -> bool:
    """Return whether the client may be given a number to call about types; at a gateway, all those of its service."""
    return scenario.profile.may_call or scenario.snapshot.law.called_by_children.issuperset(service_types)
