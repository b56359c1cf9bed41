"""Sentences for a member with a subpoena: the contact to call first, the records kept here, the kinds never kept."""

from __future__ import annotations

from collections.abc import Mapping

from policies.messages import Message

FIRST = Message(
    "Do not answer a subpoena on the spot, and do not say whether a person is known. Call your director and counsel "
    "first. Delete nothing by hand until they say so."
)
KEPT: Mapping[str, str] = {
    "consent": Message("Codes only: which agencies, which data, which form, which days. No client."),
    "consent_party": Message("One row for each agency that a consent names."),
    "delivery": Message("When an event was sent to your own endpoint, and with which result."),
    "directory": Message("What an agency says about itself."),
    "change": Message("Which fields of an agency's record were changed, by which agency, and when. No value."),
    "event": Message("That something changed, when, and where to read it."),
    "grievance": Message("About whom, codes, the week and the status. Not who filed it."),
    "hold": Message("How many places are kept free, and until when."),
    "proposal": Message("A word for the vocabulary, and who decided on it."),
    "referral": Message(
        "Which agencies and services, which kinds of need, a status, times, and when its sender checks back. No client."
    ),
    "referral_consent": Message("One row for each consent that a referral rests on."),
    "referral_move": Message("One row for each status that a referral took."),
}
NEVER_KEPT = (
    Message("No name, birth date, address, phone or picture of a client, and no key to one."),
    Message("No word that a client said, and no note of an agency."),
    Message("No needs profile, and no answer to one: each is forgotten once it is answered."),
    Message("No code in plain words: a code is kept as a digest."),
    Message("Which client an id or a code belongs to: that stands in the agency's own files alone."),
)
ROWS = Message("{kind}: {rows}")
NONE_HELD = Message("Nothing is held under this id that your agency is party to.")
NO_CONTACT = Message("no contact for subpoenas is named")
CONTACTS, HELD, KEPT_HERE, NOT_KEPT = (
    Message("Whom to call"),
    Message("Held under this id"),
    Message("What is kept here"),
    Message("What is not"),
)
