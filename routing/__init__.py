"""Exact, explained routing over a directory of agencies: pure, without a framework, clock, network or database.

Outsiders import from here only; `service/bench`, which times parts of the search, from anywhere. How routing works and
why: README.md beside this file.
"""

from routing.budget import OutOfTime, TimeIsUp, WorkStopped, checked_by, checkpoint, never
from routing.client.coverage import Acceptance, Survey, age_bands, is_always_open
from routing.client.owed_reports import with_reports
from routing.client.unknowns import OLDEST, Possible, Unknown, Value, with_answer
from routing.costs import MODES, TERMS, URGENCIES, exposure_level, kilometers
from routing.directory.agencies import Agreement, Area, Capacity, Directory, Organization, Phone, Schedule, Service
from routing.directory.build_snapshot import build_snapshot
from routing.directory.encode_records import MOST_TRAITS
from routing.directory.hours import availability, is_fresh
from routing.directory.patch import Changes, patch
from routing.directory.recount import recount
from routing.directory.snapshot import Snapshot
from routing.errors import DirectoryError, RoutingError, SearchDefect, UnknownArea, UnknownOrganization
from routing.explain.reasons import CODES as REASON_CODES
from routing.find import (
    find_paths,
    find_unknowns,
    list_conditional,
    organizations_near,
    services_near,
    surely_speak,
)
from routing.group.assign import GroupChoice, GroupClient
from routing.group.candidates import Candidates, list_candidates
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
    Profile,
    Reason,
    ServiceUse,
    Standing,
    Step,
    Uncovered,
)
from routing.ports import CALL, Ages, AskRules, HopRules, ServiceTypes, Transfer, TransferConditions
from routing.ranking.instead import standing_of
from routing.request import Request
from routing.what_if.answers import Outlook, Supposition, first_paths, list_paths, may_better

__all__ = [
    "CALL",
    "MODES",
    "MOST_ADDED",
    "MOST_TRAITS",
    "OLDEST",
    "REASON_CODES",
    "TERMS",
    "URGENCIES",
    "Acceptance",
    "Ages",
    "Agreement",
    "Answer",
    "Area",
    "AskRules",
    "Availability",
    "Candidates",
    "Capacity",
    "CertainReport",
    "Changes",
    "Client",
    "Companion",
    "Condition",
    "ConditionalPath",
    "Confirm",
    "ConsentCondition",
    "CostTerm",
    "Directory",
    "DirectoryError",
    "FactCondition",
    "GroupChoice",
    "GroupClient",
    "HandOff",
    "HandOffGraph",
    "HopRules",
    "Instead",
    "Later",
    "Need",
    "Organization",
    "OutOfTime",
    "Outlook",
    "Path",
    "Phone",
    "Possible",
    "Profile",
    "Reason",
    "Request",
    "RoutingError",
    "Schedule",
    "SearchDefect",
    "Service",
    "ServiceTypes",
    "ServiceUse",
    "SinglePoint",
    "Snapshot",
    "Standing",
    "Step",
    "Supposition",
    "Survey",
    "TimeIsUp",
    "Transfer",
    "TransferConditions",
    "Uncovered",
    "Unknown",
    "UnknownArea",
    "UnknownOrganization",
    "Value",
    "WorkStopped",
    "age_bands",
    "availability",
    "build_snapshot",
    "checked_by",
    "checkpoint",
    "exposure_level",
    "find_paths",
    "find_unknowns",
    "first_paths",
    "is_always_open",
    "is_fresh",
    "kilometers",
    "list_candidates",
    "list_conditional",
    "list_paths",
    "may_better",
    "never",
    "organizations_near",
    "patch",
    "recount",
    "services_near",
    "standing_of",
    "surely_speak",
    "with_answer",
    "with_reports",
]
