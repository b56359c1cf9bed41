"""Keys as an operator reads of them: which there are, and the loss with one that is gone."""

from __future__ import annotations

from collections.abc import Mapping

from policies.messages import Message

HEADS = (
    Message("purpose"),
    Message("key"),
    Message("state"),
    Message("made"),
    Message("replaced"),
    Message("needed by"),
)
STATE = {"used": Message("used"), "old": Message("old"), "next": Message("next")}
"""What a key is used for, by its state."""
NOT_KNOWN = Message("not known")
UNTIL = Message("until {until:%Y-%m-%d}")
MADE = Message("{key} is read from now on. Once every machine has the file, `referral-router keys rotate` uses it.")
ROTATED = Message("{key} is in use from now on. What the keys before wrote is read as long as they are there.")
REWRITTEN = Message("Sealed anew: {texts}. The rest was sealed with the key in use already.")
REMOVED = Message("Removed.")
GONE = Message(
    "Lost, {purpose}: {many} things need a key that is not there. `referral-router keys lost {purpose}` says more."
)
NOTHING_LOST = Message("Nothing needs a key that is not there.")
LOST: Mapping[str, str] = {
    "address": Message(
        "Private places and withheld texts that it sealed cannot be read again, {many} of them. If it is anywhere, "
        "bring it back and go no further. Else go on with --go-on: each stays a private place of which nothing is "
        "known, and its agency writes it anew, with `load` or in its record."
    ),
    "webhook": Message(
        "Secrets and headers of endpoints that it sealed cannot be read again, {many} of them, and cursors of events "
        "are refused. Go on with --go-on: each endpoint is off until its agency gives it a new secret and switches it "
        "on. Receivers read what they missed from the oldest event."
    ),
    "code": Message(
        "Codes that it digested are not known any more, {many} of them. Clients cannot end a consent by such a code: "
        "their agencies do so by the consent's id. Referrals are found in the inbox, without a code. If the key is "
        "anywhere, bring it back and go no further. Else go on with --go-on."
    ),
    "receipt": Message("Receipts that it signed can be checked by nobody. Agencies print a new one for whoever asks."),
    "audit": Message(
        "Links of {many} entries cannot be checked with it. Entries and links stay, and an anchor that was kept "
        "elsewhere still shows if they were changed up to it. If the key is anywhere, bring it back and go no further. "
        "Else go on with --go-on, and keep a new anchor today: new entries are linked to those before."
    ),
    "token": Message(
        "Tokens that it signed are refused, and the sessions that came of them end. `referral-router token` signs new "
        "ones."
    ),
}
"""What is lost with a key, and how to go on, by purpose."""
NOTED = Message("Noted. The program starts and serves without that key.")
WENT_ON = Message("Done, {texts} of them. The keys at hand open all that is sealed.")
