"""From found paths to the answer for a person: contacts, data that may be shared, the rules behind it, and duties."""

from service.answers.builder.alternatives import alternatives_for, least_sure, name_of, other_calls
from service.answers.builder.call_sheet import SheetWriter
from service.answers.builder.document import build_answer, write_paths
from service.answers.builder.duties import with_reports
from service.answers.builder.group import GroupMember, GroupWriter

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
