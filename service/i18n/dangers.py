"""Sentences for danger: what somebody does before all else."""

from __future__ import annotations

from policies.messages import TOGETHER, Message, joined

CALL_911 = {
    "imminent": Message("Someone may be in danger now. Ask the client first, if there is time; then call 911."),
    "medical": Message("Someone may need a doctor now. Ask the client first, if there is time; then call 911."),
}
NOT_THE_STORY = Message("Give the emergency and the place, not the client's story.")
NO_POLICE = Message("They want no police: ask for an ambulance or a fire crew; both may wait for police.")
CALL_911_FOR_OTHERS = {
    "imminent": Message("Someone may be in danger now. Call 911. Give the emergency and the place."),
    "medical": Message("Someone may need a doctor now. Call 911. Give the emergency and the place."),
}
OVERHEARD_BY_OTHERS = Message(
    "Someone may hear you. First go somewhere you can talk safely. If you are in danger, call 911."
)
OVERHEARD = Message(
    "Someone may hear this call. Ask yes-or-no questions, and agree on a word that means stop. "
    "Don't call back. Text 911 only if they say so."
)
SUICIDE = Message("They speak of suicide. Stay with them; call or text {number} together. If it has begun, call 911.")
SUICIDE_NO_LINE = Message("They speak of suicide. Stay with them. If it has begun, call 911.")
SUICIDE_OF_OTHERS = Message("Someone may be about to end their life. Call 911; for advice, call or text {number}.")
SUICIDE_OF_OTHERS_NO_LINE = Message("Someone may be about to end their life. Call 911.")
WITHDRAWAL = Message("Shaking, confusion, seizures, fever or seeing things: call 911 or go to the ER now.")
WITHDRAWAL_PREGNANT = Message("Go to the hospital first: stopping suddenly can harm the pregnancy.")
AT_ONCE = Message("If an attempt at suicide has begun, call 911 without asking.")


def call_911(danger: str, *, no_police: bool) -> Message:
    """Return what to do in danger (`imminent` or `medical`); `no_police`: the client does not want police to come."""
    return joined([CALL_911[danger], NO_POLICE if no_police else "", NOT_THE_STORY], TOGETHER)


def danger_to_others(danger: str, number: str | None) -> Message:
    """Return what somebody does in a danger who cannot reach the client; `number`: a line for thoughts of suicide.

    >>> danger_to_others("suicide", None)
    'Someone may be about to end their life. Call 911.'
    """
    if danger == "suicide":
        return SUICIDE_OF_OTHERS_NO_LINE if number is None else SUICIDE_OF_OTHERS.format(number=number)
    return OVERHEARD_BY_OTHERS if danger == "overheard" else CALL_911_FOR_OTHERS[danger]


def suicide(number: str | None) -> Message:
    """Return what to do where a client speaks of suicide; `number`: a line for that, None without a line.

    >>> suicide("988")
    'They speak of suicide. Stay with them; call or text 988 together. If it has begun, call 911.'
    """
    return SUICIDE_NO_LINE if number is None else SUICIDE.format(number=number)
