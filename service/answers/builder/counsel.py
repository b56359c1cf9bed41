"""Whether counsel of the coalition reviewed the law behind an answer: the packs and the card in force."""

from __future__ import annotations

from datetime import date

import policies
from policies.messages import TOGETHER, joined
from service.answers.schemas.answer import Counsel
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.i18n import answers
from service.i18n.times import Day

NOT_REVIEWED: Counsel = {"reviewed_on": None, "until": None, "except": [], "plain": answers.NOT_REVIEWED}


def write_counsel(directory: DirectorySnapshot, today: date) -> Counsel:
    """Return counsel's review as of a day: only where every text in force is signed off as it is. Pure."""
    cards = () if directory.card is None else (directory.card,)
    texts = policies.texts_in_force(directory.rulebook, cards)
    signed = {entry.name: entry for entry in directory.names.sign_offs if entry.until >= today}
    if not signed.keys() >= texts.keys() or any(
        signed[name].version != policies.text_version(name, directory.rulebook, card) for name, card in texts.items()
    ):
        return NOT_REVIEWED
    reviewed_on, until = (min(day(signed[name]) for name in texts) for day in (_given, _ends))
    left_out = sorted(exception for name in texts for exception in signed[name].exceptions)
    plain = answers.REVIEWED.format(coalition=directory.names.coalition_name, day=Day.of(reviewed_on))
    except_for = answers.REVIEWED_EXCEPT.format(rules=", ".join(left_out)) if left_out else ""
    return {
        "reviewed_on": reviewed_on.isoformat(),
        "until": until.isoformat(),
        "except": left_out,
        "plain": joined([plain, except_for], TOGETHER),
    }


def _given(signed: policies.SignOff) -> date:
    return signed.on


def _ends(signed: policies.SignOff) -> date:
    return signed.until
