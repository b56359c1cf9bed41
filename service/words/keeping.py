"""What is kept, and how long: for counsel to read."""

from __future__ import annotations

from collections.abc import Mapping

SET: Mapping[str, str] = {
    "keep_consents_days": "Consents: {days} days after they end or are withdrawn.",
    "keep_referrals_days": "Referrals, with all that names them: {days} days after they are closed.",
    "keep_grievances_days": "Complaints: {days} days after they are closed.",
    "keep_audit_days": "The audit: {days} days, then from the oldest up to an anchored entry.",
}
"""By the setting that says how many days."""
FIXED = (
    "Needs of a client that are asked about: not kept at all.",
    "Events, and how each was delivered: {events} days.",
    "Keys of repeated requests, and tries of codes: a day.",
    "Whose token acted, in the audit: a keyed digest, for a year.",
    "Sessions at the pages: until they end, 12 hours at most.",
    "Tokens that were refused: until they end by themselves.",
    "Counts of outcomes: for good; they name nobody.",
    "The directory: until its members change it.",
)
"""What no setting changes."""
BY_SETTING = "{sentence} ({variable})"
