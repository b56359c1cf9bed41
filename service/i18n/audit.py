"""The faults of the audit, and the absence of faults."""

from __future__ import annotations

from policies.messages import Message

CHANGED = Message("was changed")
REMOVED = Message("{many} entries are missing from here")
ADDED = Message("was added")
NO_KEY = Message("was linked with a key that is not there")
NOT_AS_ANCHORED = Message("is not as it was when the anchor was made")
CUT_OFF = Message("is missing: the end was cut off after the anchor was made")
HEAD = Message("the last link is not that of the last entry: entries at the end are missing, or it was changed")
HEAD_NOT_SIGNED = Message("the end is not signed: entries may be missing after it")
NOT_SIGNED = Message("follows an end that was not signed: entries may be missing before it")
ENTRY = Message("entry {position} {plain}")
HOLDS = Message("All {entries} entries hold.")
SIGNED = Message("The end was last signed on {at:%Y-%m-%d} at {at:%H:%M} UTC.")
WITHOUT_ANCHOR = Message(
    "Warning: no anchor was given. Only an anchor shows if the last entries were cut off and an older end was put "
    "back. Give one with --anchor FILE: what `audit anchor` printed, or lines of the log."
)
UNLINKED = Message("{many} entries wait for their link.")
NO_ANCHOR = Message("No entry is linked yet: there is none, or no key to link it with.")
NOT_GOOD = Message("This token is refused ({reason}): give one that is good, or whose end has not come.")
NOT_AN_ANCHOR = Message(
    "A file of anchors holds what `audit anchor` printed, or lines `audit anchor` of the log, one on each line."
)
