"""Exact, explained routing over a directory of agencies: pure, no framework, clock, network or database.

Outsiders import from here only. How it works and why so: README.md beside this file.
"""

from routing.budget import OutOfTime, TimeIsUp, never
from routing.confirm import PROTECTED_TOPICS, WITH_COMPANIONS, beds_for
from routing.costs import LENSES, MAY_BE_DISCOVERABLE, MODES, TERMS, URGENCIES, exposure_level
from routing.coverage import Survey, Taken, age_bands, is_always_open
from routing.directory import Agreement, Area, Capacity, Directory, Organization, Phone, Schedule, Service
from routing.encode import MOST_TRAITS
from routing.errors import DirectoryError, RoutingError, SearchDefect, UnknownArea, UnknownOrganization
from routing.find import find_paths, organizations_near, surely_speak
from routing.handoffs import Graph, HandOff, SinglePoint
from routing.hops import packet_classes
from routing.hours import availability
from routing.instead import NEAR, standing_of
from routing.model import (
    Answer,
    Availability,
    CertainReport,
    ChoiceCondition,
    Client,
    Companion,
    Condition,
    ConditionalPath,
    Confirm,
    ConsentCondition,
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
    Term,
    Uncovered,
)
from routing.moment import Moment
from routing.outlook import Outlook, list_paths
from routing.ports import Ages, Asked, AskRules, HopRules, NothingLeaves, Transfer
from routing.reasons import CODES as REASON_CODES
from routing.recount import recount
from routing.reports import with_reports
from routing.snapshot import Records, Snapshot, assemble, build_snapshot
from routing.unknowns import OLDEST, Possible, Unknown, Value, find_unknowns, with_answer

__all__ = [
    "LENSES",
    "MAY_BE_DISCOVERABLE",
    "MODES",
    "MOST_TRAITS",
    "NEAR",
    "OLDEST",
    "PROTECTED_TOPICS",
    "REASON_CODES",
    "TERMS",
    "URGENCIES",
    "WITH_COMPANIONS",
    "Ages",
    "Agreement",
    "Answer",
    "Area",
    "AskRules",
    "Asked",
    "Availability",
    "Capacity",
    "CertainReport",
    "ChoiceCondition",
    "Client",
    "Companion",
    "Condition",
    "ConditionalPath",
    "Confirm",
    "ConsentCondition",
    "Directory",
    "DirectoryError",
    "FactCondition",
    "Graph",
    "HandOff",
    "HopRules",
    "Instead",
    "Later",
    "Moment",
    "Need",
    "NothingLeaves",
    "Organization",
    "OutOfTime",
    "Outlook",
    "Path",
    "Phone",
    "Possible",
    "Profile",
    "Reason",
    "Records",
    "RoutingError",
    "Schedule",
    "SearchDefect",
    "Service",
    "ServiceUse",
    "SinglePoint",
    "Snapshot",
    "Standing",
    "Step",
    "Survey",
    "Taken",
    "Term",
    "TimeIsUp",
    "Transfer",
    "Uncovered",
    "Unknown",
    "UnknownArea",
    "UnknownOrganization",
    "Value",
    "age_bands",
    "assemble",
    "availability",
    "beds_for",
    "build_snapshot",
    "exposure_level",
    "find_paths",
    "find_unknowns",
    "is_always_open",
    "list_paths",
    "never",
    "organizations_near",
    "packet_classes",
    "recount",
    "standing_of",
    "surely_speak",
    "with_answer",
    "with_reports",
]
