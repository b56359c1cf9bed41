"""Valid statements of a bundle that its writer may not mean, each said of the field; `load` prints them and goes on."""

from __future__ import annotations

from policies.messages import Message

NO_SUMMER_TIME = Message(
    "has no daylight saving time: in summer, all hours are an hour off in most places; write {zone}"
)
NO_STATE_PACK = Message(
    "names no state's rules: answers cannot say what state law asks for, and say so; the duty to report a child is "
    "then told in general words. An area with the code of its state (`us-oh`) brings the state's card"
)
CARD_IN_USE = Message(
    "names no pack of `{code}`: clients there are told by the card of {state} whom to call and who reports by when; it "
    "has no fact on: {missing}"
)
NO_AREA_OF_PACK = Message("the pack `{pack}` counts for clients in the area of that code, and `areas` has none")
NO_PHONE = Message("is left out, and a service here has no number of its own: answers that lead to it name none")
NOT_DIALED = Message(
    "holds no number that a telephone can dial: it is shown as written, and nobody can call by pressing it"
)
SHELTER_EVERYWHERE = Message("is left out: this shelter counts as open to clients from everywhere")
REASON_FOR_THE_BED = Message("shuts out who leaves the home of an exploiter: leaving it is the reason for the bed")
READ_AS_MIDNIGHT = Message("is read as midnight; write an earlier time if it closes before")
AROUND_THE_CLOCK = Message("is the time at which it opens: read as open for 24 hours")
NOBODY_AGREED = Message("lets in who has an agreement, and none in force names this organization: no path leads here")
NOBODY_OFFERS = Message("is asked for beforehand, and no service in this file offers it")
REQUIRES_TOO_MUCH = Message(
    "needs more than two other services first, with what those need in turn; a path adds two at most, so it leads here "
    "only for clients who have had the rest, or ask for it too"
)
AGREEMENT_ENDED = Message("has ended: nothing rests on this agreement any more")
