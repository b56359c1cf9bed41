"""From found paths to the answer for a person: contacts, data that may be shared, the rules behind it, and duties."""

from service.answer.document import build_answer, write_paths
from service.answer.duties import with_reports
from service.answer.group import GroupMember, GroupWriter
from service.answer.others import who_else

__all__ = ["GroupMember", "GroupWriter", "build_answer", "who_else", "with_reports", "write_paths"]
