"""What is wrong with the audit, and what is not."""

from __future__ import annotations

CHANGED = "was changed"
REMOVED = "{many} entries are missing from here"
ADDED = "was added"
NO_KEY = "was linked with a key that is not there"
NOT_AS_ANCHORED = "is not as it was when the anchor was made"
CUT_OFF = "is missing: the end was cut off after the anchor was made"
HEAD = "the last link is not that of the last entry: entries at the end are missing, or it was changed"
ENTRY = "entry {position} {plain}"
HOLDS = "All {entries} entries hold."
UNLINKED = "{many} entries wait for their link."
NO_ANCHOR = "No entry is linked yet: `serve` or `deliver` links entries within five seconds."
NOT_GOOD = "This token is refused ({reason}): give one that is good, or whose end has not come."
NOT_AN_ANCHOR = "A file of anchors holds what `audit anchor` printed, one on each line."
