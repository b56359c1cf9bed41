"""Parts of the search that `service/bench` makes, times one by one, and compares with others: its door to them."""

from __future__ import annotations

from routing.client.confirm import NEVER_ASKED_FIRST
from routing.client.scenario import Scenario
from routing.costs import EXPOSURES, MODES, URGENCIES, URGENCY_WEIGHT
from routing.directory.columns import (
    NEVER_COUNTED,
    NO_DAY,
    AgreementColumns,
    Lists,
    OrganizationColumns,
    ServiceColumns,
    Slugs,
    Words,
    narrow,
    offsets_of,
    spans,
)
from routing.directory.encode_records import LEVELS, NO_LIMIT, agreement_columns, exposure_of, like_of
from routing.directory.hours import epoch_us
from routing.directory.snapshot import Records, mask_of
from routing.directory.weekly_hours import Timetable
from routing.handoffs.hop import Offer
from routing.ranking.search_paths import search_paths
from routing.search.best_path import EdgeArrays
from routing.search.describe import describe_all
from routing.search.graph import HopGraph, build_hop_graph
from routing.search.programme import plans_of, unasked_needs
from routing.search.ranked_path import RankedPath
from routing.search.tables import Layout, left_open, packed

__all__ = [
    "EXPOSURES",
    "LEVELS",
    "MODES",
    "NEVER_ASKED_FIRST",
    "NEVER_COUNTED",
    "NO_DAY",
    "NO_LIMIT",
    "URGENCIES",
    "URGENCY_WEIGHT",
    "AgreementColumns",
    "EdgeArrays",
    "HopGraph",
    "Layout",
    "Lists",
    "Offer",
    "OrganizationColumns",
    "RankedPath",
    "Records",
    "Scenario",
    "ServiceColumns",
    "Slugs",
    "Timetable",
    "Words",
    "agreement_columns",
    "build_hop_graph",
    "describe_all",
    "epoch_us",
    "exposure_of",
    "left_open",
    "like_of",
    "mask_of",
    "narrow",
    "offsets_of",
    "packed",
    "plans_of",
    "search_paths",
    "spans",
    "unasked_needs",
]
