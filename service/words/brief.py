"""The labels and short phrases of an answer printed in fifteen lines."""

from __future__ import annotations

from policies.messages import Message

LABEL = {
    "call": Message("CALL", "label"),
    "send": Message("SEND", "label"),
    "ask": Message("FIRST", "label"),
    "here": Message("HERE", "label"),
    "report": Message("REPORT", "label"),
}
ASK, SAY = Message("ASK", "label"), Message("SAY", "label")
IF_NO, THEN = Message("IF NO", "label"), Message("THEN", "label")
DUTY, THEY_ASK = Message("DUTY", "label"), Message("NOTE", "label")
TELL, PUBLIC_LINES = Message("TELL", "label"), Message("LINES", "label")
LABELS = (*LABEL.values(), ASK, SAY, IF_NO, THEN, DUTY, THEY_ASK, TELL, PUBLIC_LINES)
NOTHING_MORE = Message("{data}. Nothing more, unless the law calls for it.")
OPEN = Message("No path covers: {need}.")
NEAR = Message("You can call instead: {who}.")
PHONE_OR_TEXT = Message("{phone}, or text {number}")
TEXT = Message("text {number}")
CALL_OR_TEXT = Message("call or text {number}")
OPENS = Message("{who} (opens {moment})")
OPENS_LATER = Message("{name} opens {moment}{near}: {phone}")
WAITING_LIST = Message("{name} is full and has a waiting list. Ask to be put on it: {phone}")
MAY_ASK = Message("The client may be asked: {text}")
SETTLE = Message("It helps to know: {text}")
ASK_A_LINE = Message("Who could take the client now? You need not say who it is about.")
NOBODY_HANDED_OVER = Message("nothing about the client")
NOT_THE_SUSPECTED = Message("{task}, never the one who is not safe")
BEFORE_THE_CALL = Message("the client before the call: they {told}.")
TELL_FIRST = Message("Tell the client first: they {told}.")
TELL_ALIKE = Message("Tell the client first, as above.")
MORE = Message("Other paths, what may apply, what else opens one, costs and rules: add --full.")
MORE_LEFT_OUT = Message("Not all of it fits here. The rest, other paths, costs and rules: add --full.")
