"""Exact, explained routing over a directory of agencies: pure, without a framework, clock, network or database.

Outsiders import from here only; `tests/benchmarks`, which times parts of the search, from anywhere.
"""

from routing.budget import IsExpired, TimeBudgetExceeded, WorkStopped, checked_by, checkpoint, never
from routing.client.coverage import Acceptance, Survey, age_bands, is_always_open
from routing.client.profiles import with_answer, with_reports
from routing.client.unknowns import OLDEST, Possible, Unknown, Value
from routing.costs import MODES, TERMS, URGENCIES, exposure_level, kilometers
from routing.directory.agencies import Agreement, Area, Capacity, Directory, Organization, Phone, Schedule, Service
from routing.directory.build_snapshot import build_snapshot
from routing.directory.encode_records import MOST_TRAITS
from routing.directory.hours import availability, is_fresh
from routing.directory.patch import Changes, patch, recount
from routing.directory.snapshot import Snapshot
from routing.errors import DirectoryError, RoutingError, SearchDefect, UnknownArea, UnknownOrganization
from routing.explain.reasons import CODES as REASON_CODES
from routing.group.assign import GroupChoice, GroupClient
from routing.group.candidates import Candidates, list_candidates
from routing.handoffs.closeness import RELATIONSHIPS
from routing.handoffs.coalition_graph import HandOff, HandOffGraph, SinglePoint
from routing.handoffs.hop import MOST_ADDED
from routing.model import (
    Answer,
    Availability,
    CertainReport,
    Client,
    Companion,
    Condition,
    ConditionalPath,
    Confirm,
    ConsentCondition,
    CostTerm,
    FactCondition,
    Instead,
    Later,
    Need,
    Path,
    PathQuality,
    Profile,
    Reason,
    ServiceUse,
    Step,
    Uncovered,
)
from routing.ports import CALL, Ages, AskRules, HopRules, ReasonRules, ServiceTypes, Transfer, TransferConditions
from routing.queries import (
    find_paths,
    find_unknowns,
    list_conditional,
    organizations_near,
    services_near,
    surely_speak,
)
from routing.ranking.second_choices import least_quality, quality_of
from routing.request import Request
from routing.what_if.answers import FirstPaths, Outlook, Supposition, list_paths, may_better
