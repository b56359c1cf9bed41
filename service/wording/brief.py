"""The labels and short phrases of an answer printed in fifteen lines."""

from __future__ import annotations

LABEL = {"call": "CALL", "send": "SEND", "ask": "FIRST", "here": "HERE", "report": "REPORT"}
ASK, SAY, IF_NO, THEN = "ASK", "SAY", "IF NO", "THEN"
DUTY, THEY_ASK, TELL, PUBLIC_LINES = "DUTY", "NOTE", "TELL", "LINES"
NOTHING_MORE = "{data}. Nothing more, unless the law calls for it."
OPEN = "No path covers: {need}."
NEAR = " You can call instead: {who}."
OR_TEXT = ", or text {number}"
TEXT = "text {number}"
CALL_OR_TEXT = "call or text {number}"
HOURS = " ({hours})"
OPENS = " (opens {moment})"
MAY_ASK = "The client may be asked: {text}"
SETTLE = "It helps to know: {text}"
ASK_A_LINE = "Who could take the client now? You need not say who it is about."
NOBODY_HANDED_OVER = "nothing about the client"
TOLD = {
    "receiver-reports": "may have to report abuse",
    "systems-recipient-notice": "keep records that others may come to see",
    "rhy-family-contact": "have to reach the family within 72 hours, unless that is not safe",
    "tx-harboring-runaway": "may have to tell the police or the family within 24 hours",
    "tx-unaccompanied-15-days": "can house a young person who comes alone for 15 days",
    "fl-sheltering-minor": "ask a parent or guardian after 24 hours, or tell the police",
    "fl-aiding-runaway": "reach a parent or guardian, or tell the police, before they help who ran away",
    "ca-injury-report": "tell the police of an injury from an attack",
    "ca-parent-contact": "ask about a parent, and call one unless that is wrong for the young person",
    "ca-youth-center-90-days": "can keep a young person for 90 days in a row",
    "oh-injury-report": "may have to tell the police of a wound or of serious harm from an attack",
    "oh-felony-report": "may have to tell the police of a serious crime",
    "oh-parent-contact": "turn to a parent after six talks or 30 days, or if somebody may be badly hurt",
    "oh-harboring-minor": "tell the police or a court soon, if no parent gave leave",
}
"""What the client hears before a call, in short, by the id of the task; the rule has the whole sentence."""
NOT_THE_SUSPECTED = ", never the one who is not safe"
BEFORE_THE_CALL = "the client before the call: they {told}."
TELL_FIRST = " Tell the client first: they {told}."
TELL_ALIKE = " Tell the client first, as above."
MORE = "Other paths, what may apply, what else opens one, costs and rules: add --full."
MORE_LEFT_OUT = "Not all of it fits here. The rest, other paths, costs and rules: add --full."
