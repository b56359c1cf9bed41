"""Lines that `demo` prints while a hand-off is sent and answered."""

from __future__ import annotations

from policies.messages import Message

HEADING = Message("A HAND-OFF, SENT AND ANSWERED")
ABOUT = Message(
    "Two of the made-up agencies, and a small receiver of webhooks in this terminal. What it prints has really been "
    "stored, sent to it, and checked; nothing leaves this machine."
)
RECORDED = Message("{sender} records what the client agreed to. The client alone keeps the code: {code}")
SENT = Message("{sender} sends a referral to {receiver}. What the client says there, in the place of a name: {code}")
ARRIVED = Message("{type} arrived at {who}: the signature is right.")
FORGED = Message("{type} arrived at {who}: the signature is wrong.")
SILENT = Message("{type} did not arrive in time.")
MOVED = {
    "accepted": Message("{receiver} finds the referral by those words, and accepts it."),
    "completed": Message("{receiver} says that it is done. The loop is closed."),
}
SEES = Message("{sender} reads: {status}.")
SEES_NOT = Message("{sender} still reads: {status}. The rules let {receiver} tell nobody of a client.")
TAKEN_BACK = Message(
    "The client takes the consent back, by its code, at any member: sharing ends at once, the bed stays."
)
REFUSED = Message("It is not allowed now: {reasons}")
