"""The short phrases of a printed answer: whom to call, by which number, and when it opens."""

from __future__ import annotations

from policies.messages import Message

NEAR = Message("You can call instead: {who}.")
PHONE_OR_TEXT = Message("{phone}, or text {number}")
TEXT = Message("text {number}")
CALL_OR_TEXT = Message("call or text {number}")
OPENS = Message("{who} (opens {moment})")
OPENS_LATER = Message("{name} opens {moment}{near}: {phone}")
WAITING_LIST = Message("{name} is full and has a waiting list. Ask to be put on it: {phone}")
MAY_ASK = Message("The client may be asked: {text}")
SETTLE = Message("It helps to know: {text}")
