"""Counts of empty places, as documented: contract, part two, section 7."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from service.web.schemas import example_of


class LargestHolder(BaseModel):
    """The sender (slug) whose referrals hold more than half of the empty places, and how many it holds."""

    organization: str
    places: int


class RoomDocument(BaseModel):
    """Places in a unit: `available` stand empty, of which `held` are kept for referrals. For the service's owner."""

    model_config = example_of(
        unit="bed", available=2, maximum=8, held=1, largest_holder=None, status="available", updated="…"
    )

    unit: str
    available: int | None
    maximum: int | None
    held: int
    largest_holder: LargestHolder | None
    status: Literal["available", "full", "stale", "unknown"]
    updated: str | None


class RoomsDocument(BaseModel):
    """The counts of a service's places, by unit."""

    model_config = example_of(
        items=[
            {"unit": "bed", "available": 4, "maximum": 8, "held": 3, "status": "available", "updated": "…"}
            | {"largest_holder": {"organization": "juniper-bridge-hotline", "places": 3}}
        ]
    )

    items: list[RoomDocument]


class CapacityDocument(RoomDocument):
    """A count of places as stored. `holds_counted`: places held by referrals are left out of it already."""

    model_config = example_of(
        unit="bed", available=2, maximum=8, holds_counted=False, held=1, largest_holder=None, status="available",
        updated="…",
    )  # fmt: skip

    available: int
    holds_counted: bool
    updated: str
