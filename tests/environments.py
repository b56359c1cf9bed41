"""The environment of a program that a test starts."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).parents[1]


def environment_of(**settings: str) -> dict[str, str]:
    """Return this process's environment with the project on the path, and these settings in place of all it has."""
    others = {key: value for key, value in os.environ.items() if not key.startswith(("REFERRAL_ROUTER_", "OTEL_"))}
    variables = {f"REFERRAL_ROUTER_{name.upper()}": value for name, value in settings.items()}
    return {**others, **variables, "PYTHONPATH": str(PROJECT)}
