"""Exact, explained routing over a directory of agencies: pure, no framework, clock, network or database.

Outsiders import from here only. How it works and why so: README.md beside this file.
"""

from routing.budget import OutOfTime, TimeIsUp, never
from routing.costs import LENSES, MODES, TERMS, URGENCIES, exposure_level
from routing.encode import MOST_TRAITS
from routing.errors import DirectoryError, RoutingError, SearchDefect, UnknownArea, UnknownOrganization
from routing.find import find_paths, organizations_near
from routing.hops import packet_classes
from routing.hours import availability
from routing.model import (
    Agreement,
    Answer,
    Area,
    Availability,
    Capacity,
    ChoiceCondition,
    Client,
    Condition,
    ConditionalPath,
    ConsentCondition,
    Directory,
    FactCondition,
    Need,
    Organization,
    Path,
    Phone,
    Profile,
    Reason,
    Schedule,
    Service,
    ServiceUse,
    Step,
    Term,
    Uncovered,
)
from routing.moment import Moment
from routing.outlook import Outlook, list_paths
from routing.ports import Ages, Asked, AskRules, HopRules, NothingLeaves, Transfer
from routing.reasons import CODES as REASON_CODES
from routing.recount import recount
from routing.snapshot import Records, Snapshot, assemble, build_snapshot
from routing.unknowns import OLDEST, Possible, Unknown, Value, find_unknowns, with_answer

__all__ = [
    "LENSES",
    "MODES",
    "MOST_TRAITS",
    "OLDEST",
    "REASON_CODES",
    "TERMS",
    "URGENCIES",
    "Ages",
    "Agreement",
    "Answer",
    "Area",
    "AskRules",
    "Asked",
    "Availability",
    "Capacity",
    "ChoiceCondition",
    "Client",
    "Condition",
    "ConditionalPath",
    "ConsentCondition",
    "Directory",
    "DirectoryError",
    "FactCondition",
    "HopRules",
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
    "Snapshot",
    "Step",
    "Term",
    "TimeIsUp",
    "Transfer",
    "Uncovered",
    "Unknown",
    "UnknownArea",
    "UnknownOrganization",
    "Value",
    "assemble",
    "availability",
    "build_snapshot",
    "exposure_level",
    "find_paths",
    "find_unknowns",
    "list_paths",
    "never",
    "organizations_near",
    "packet_classes",
    "recount",
    "with_answer",
]
