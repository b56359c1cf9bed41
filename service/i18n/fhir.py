"""Texts of the FHIR Questionnaire for needs."""

from __future__ import annotations

from policies.messages import Message

NEEDS = Message("Needs")
NEED_TYPE = Message("What do they need?")
NEED_URGENCY = Message("How soon do they need it?")
