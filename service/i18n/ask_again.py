"""What changed in the directory since a referral was sent, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies.messages import AND, Message, joined

MOST_NAMED = 3
_CHANGES = {
    "opened": Message("{names} opened"),
    "free": Message("{names} has a free bed"),
    "ended": Message("your agreement with {names} ended"),
}
_AND_MORE = Message("{names} and {count} more")
_SINCE = Message("Since you sent it: {changes}.")
_NOTHING = Message("You can see no change in the directory since you sent it.")


def since_sent(changes: Mapping[str, Sequence[str]]) -> Message:
    """Return the sentence: names of agencies by what changed.

    >>> since_sent({"opened": ["Harbor House"], "free": [], "ended": ["A", "B", "C", "D"]})
    'Since you sent it: Harbor House opened and your agreement with A, B, C and 1 more ended.'
    """
    parts = []
    for kind, names in changes.items():
        shown: str = joined(names[:MOST_NAMED], ", ")
        if len(names) > MOST_NAMED:
            shown = _AND_MORE.format(names=shown, count=len(names) - MOST_NAMED)
        if names:
            parts.append(_CHANGES[kind].format(names=shown))
    return _SINCE.format(changes=joined(parts, AND)) if parts else _NOTHING
