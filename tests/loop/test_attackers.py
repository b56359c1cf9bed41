"""Somebody with one token and patience: codes, progress of others and the times of answers give nothing away."""

from __future__ import annotations

import os
from statistics import median
from time import perf_counter

from loop_builders import CLINIC, LEGAL, OUTSIDER, SENDER, Loop, packet, referral
from sqlalchemy import select

from service.codes import CONSENT_WORDS, new_code
from service.store.consents import Consents
from service.store.key_ring import build_key_ring
from service.store.tables import Happening, Row

TRIES = int(os.environ.get("CODE_TRIES", "300"))
ALIKE = 0.25
"""By so much two medians of one run may differ."""
CANARY = "canaryword"


def test_unknown_and_foreign_codes_take_the_same_time(loop: Loop) -> None:
    """Side by side in one run, below the count of tries: the work for both is the same statements."""
    ring, foreign = build_key_ring(loop.settings), loop.consent(to=[LEGAL])["code"]
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * TRIES):
        known = bool(number % 2)
        code = foreign if known else new_code(CONSENT_WORDS)
        with loop.database.unit_of_work(writes=False) as work:
            begun = perf_counter()
            one = Consents(work.session).find_by_code(ring.digests(code))
            assert one is None or not one.concerns(OUTSIDER)
            took[known].append(perf_counter() - begun)

    known, unknown = median(took[True]), median(took[False])
    assert abs(known - unknown) / max(known, unknown) < 2 * ALIKE


def test_a_hidden_decline_takes_no_other_time_and_form(loop: Loop) -> None:
    """Reads of an open and of a secretly closed referral: the same members, and lengths that follow from no move."""
    later = [{"type": "dental", "urgency": "later"}]
    sent = [loop.send(referral(CLINIC, ("teeth",), needs=later)).json() for _ in range(2)]
    loop.move(sent[1]["id"], CLINIC, "declined", reason="unsafe")
    seen = [loop.seen(one["id"], SENDER) for one in sent]

    assert list(seen[0].json()) == list(seen[1].json())
    assert {name for name in seen[0].json() if seen[0].json()[name] != seen[1].json()[name]} <= {
        "id", "code", "decision_id", "requested_at", "respond_by", "expires_at", "changed_at", "history",
    }  # fmt: skip


def test_nothing_of_a_profile_is_kept(loop: Loop, caplog: object) -> None:
    """Marks wherever a profile takes a word, in what is sent and in what is refused: in no table and no log."""
    made = loop.consent()
    body = packet(made)
    body["profile"]["client"] |= {
        "age": 77,
        "languages": ["en", "tlh-x-canaryw"],
        "gender": "nonbinary",
        "area": "travis",
    }
    body["profile"]["needs"] = [{"type": "legal_civil", "urgency": "this_week"}]
    assert loop.send(body).status_code == 201
    for wrong in ({CANARY: CANARY}, {"client": {CANARY: CANARY}}, {"needs": [{"type": CANARY}]}):
        refused = loop.send({**body, "profile": {**body["profile"], **wrong}})
        assert refused.status_code == 422
        assert CANARY not in refused.text.replace(f"/{CANARY}", "")

    kept = []
    with loop.database.unit_of_work(writes=False) as work:
        for metadata in (Row.metadata, Happening.metadata):
            for table in metadata.sorted_tables:
                kept += [repr(tuple(row)) for row in work.session.execute(select(table))]
    marks = (CANARY, "canaryw", "nonbinary", made["code"], made["code"].replace("-", ""))
    assert not [row for row in kept if any(mark in row for mark in marks)]
    assert CANARY not in getattr(caplog, "text", "")
    assert made["id"] not in getattr(caplog, "text", "")
