"""From found paths to the answer that a person reads: contacts, what may be said, under which rule, and duties."""

from service.answer.document import build_answer
from service.answer.duties import with_reports

__all__ = ["build_answer", "with_reports"]
