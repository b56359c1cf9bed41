"""From found paths to the answer for a person: contacts, data that may be shared, the rules behind it, and duties."""

from service.answer.document import build_answer
from service.answer.duties import with_reports
from service.answer.others import who_else

__all__ = ["build_answer", "who_else", "with_reports"]
