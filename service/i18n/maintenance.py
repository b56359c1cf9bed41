"""What is kept, and how long: for counsel to read."""

from __future__ import annotations

from collections.abc import Mapping

from policies.messages import Message

SET: Mapping[str, str] = {
    "keep_consents_days": Message("Consents: {days} days after they end or are withdrawn."),
    "keep_referrals_days": Message(
        "Referrals, with all that names them: {days} days after they are closed; where their sender checks back, until "
        "a week after that day."
    ),
    "keep_grievances_days": Message(
        "Complaints: {days} days after they are closed; of a flood from one network, after they came if nobody took "
        "them up."
    ),
    "keep_audit_days": Message("The audit: {days} days, then from the oldest up to an anchored entry."),
}
"""By the setting that says how many days."""
FIXED = (
    Message("Needs of a client that are asked about: not kept at all."),
    Message("Events, and how each was delivered: {events} days."),
    Message("Keys of repeated requests, and tries of codes: a day."),
    Message("Whose token acted, in the audit: a keyed digest, for a year."),
    Message("Sessions at the pages: until they end, 12 hours at most."),
    Message("Tokens that were refused: until they end by themselves."),
    Message("Counts of outcomes: for good; they name nobody."),
    Message(
        "How soon closed referrals were answered, by sending agency: until they are counted with others, 180 days at "
        "most. The counts: 180 days."
    ),
    Message("Changes of a record: a year; the record before, sealed, for ten minutes to undo."),
    Message("What-ifs and their results: a day."),
    Message("The directory: until its members change it."),
)
"""What no setting changes."""
BY_SETTING = Message("{sentence} ({variable})")
