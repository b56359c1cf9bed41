"""From found paths to the answer that a person reads: contacts, what may be said, under which rule, and duties."""

from service.answer.document import build_answer

__all__ = ["build_answer"]
