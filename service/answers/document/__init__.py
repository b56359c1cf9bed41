"""From found paths to the answer for a person: contacts, data that may be shared, the rules behind it, and duties."""

from service.answers.document.alternatives import alternatives_for, least_sure, name_of, other_calls
from service.answers.document.call_sheet import SheetWriter
from service.answers.document.document import build_answer, write_paths
from service.answers.document.duties import with_reports
from service.answers.document.group import GroupMember, GroupWriter

__all__ = [
    "GroupMember",
    "GroupWriter",
    "SheetWriter",
    "alternatives_for",
    "build_answer",
    "least_sure",
    "name_of",
    "other_calls",
    "with_reports",
    "write_paths",
]
