"""The labels and short phrases of the first ten lines of a printed answer."""

from __future__ import annotations

LABEL = {"call": "CALL", "send": "SEND", "ask": "FIRST", "here": "HERE", "report": "REPORT"}
ASK, SAY, IF_NO, DUTY, THEY_ASK, TELL = "ASK", "SAY", "IF NO", "DUTY", "NOTE", "TELL"
NOTHING_MORE = "{data}. Nothing more, unless the law calls for it"
OPEN = "No path covers: {need}."
NEAR = "You can call instead: {who}."
OR_TEXT = ", or text {number}"
TEXT = "text {number}"
HOURS = " ({hours})"
MAY_ASK = "What the client may be asked: {text}"
MORE = "Other paths, what else would open one, what may apply, costs, rules and their authorities: add --full."
