"""Lines that `demo` prints while a hand-off is sent and answered."""

from __future__ import annotations

HEADING = "A HAND-OFF, SENT AND ANSWERED"
ABOUT = (
    "Two of the made-up agencies, and a small receiver of webhooks in this terminal. What it prints has really been "
    "stored, sent to it, and checked; nothing leaves this machine."
)
RECORDED = "{sender} records what the client agreed to. The client alone keeps the code: {code}"
SENT = "{sender} sends a referral to {receiver}. What the client says there, in the place of a name: {code}"
ARRIVED = "{type} arrived at {who}: the signature is right."
FORGED = "{type} arrived at {who}: the signature is wrong."
SILENT = "{type} did not arrive in time."
MOVED = {
    "accepted": "{receiver} finds the referral by those words, and accepts it.",
    "completed": "{receiver} says that it is done. The loop is closed.",
}
SEES = "{sender} reads: {status}."
SEES_NOT = "{sender} still reads: {status}. The rules let {receiver} tell nobody of a client."
TAKEN_BACK = "The client takes the consent back, by its code, at any member: sharing ends at once, the bed stays."
REFUSED = "It is not allowed now: {reasons}"
