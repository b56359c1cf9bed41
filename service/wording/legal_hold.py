"""Sentences for a member with a subpoena: the contact to call first, the records kept here, the kinds never kept."""

from __future__ import annotations

from collections.abc import Mapping

FIRST = (
    "Do not answer a subpoena on the spot, and do not say whether a person is known. Call your director and counsel "
    "first. Delete nothing by hand until they say so."
)
KEPT: Mapping[str, str] = {
    "consent": "Codes only: which agencies, which data, which form, which days. No client.",
    "consent_party": "One row for each agency that a consent names.",
    "delivery": "When an event was sent to your own endpoint, and with which result.",
    "directory": "What an agency says about itself.",
    "event": "That something changed, when, and where to read it.",
    "grievance": "About whom, codes, the week and the status. Not who filed it.",
    "hold": "How many places are kept free, and until when.",
    "proposal": "A word for the vocabulary, and who decided on it.",
    "referral": "Which agencies and services, which kinds of need, a status, and times. No client.",
    "referral_consent": "One row for each consent that a referral rests on.",
    "referral_move": "One row for each status that a referral took.",
}
NEVER_KEPT = (
    "No name, birth date, address, phone or picture of a client, and no key to one.",
    "No word that a client said, and no note of an agency.",
    "No needs profile, and no answer to one: each is forgotten once it is answered.",
    "No code in plain words: a code is kept as a digest.",
    "Which client an id or a code belongs to: that stands in the agency's own files alone.",
)
ROWS = "{kind}: {rows}"
NONE_HELD = "Nothing is held under this id that your agency is party to."
NO_CONTACT = "no contact for subpoenas is named"
CONTACTS, HELD, KEPT_HERE, NOT_KEPT = "Whom to call", "Held under this id", "What is kept here", "What is not"
