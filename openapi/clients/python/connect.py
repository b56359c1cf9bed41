"""What the examples share: where the server is, who asks, and what to do with a refusal."""

from __future__ import annotations

import os
import sys
from typing import TypeVar

from referral_router_client import AuthenticatedClient
from referral_router_client.models import Problem

Answer = TypeVar("Answer")


def connect() -> AuthenticatedClient:
    return AuthenticatedClient(os.environ["ROUTER"], token=os.environ["TOKEN"], timeout=60)


def answered(answer: Answer | Problem | None) -> Answer:
    """Return an answer; end the program with a refusal, which names the field and repeats no value."""
    if answer is None or isinstance(answer, Problem):
        sys.exit(f"refused: {answer}")
    return answer
