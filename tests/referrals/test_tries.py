"""Counted tries: limited in all processes together, and stored under no name that could be tried; on both databases."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import select

from service.database.key_ring import CodeKey
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.referrals.store.attempt_limits import CODES, GRIEVANCES, REFUSALS, Allowance, count_try, seconds_to_wait
from service.referrals.store.tables import CountedTry

KEY, OTHER = CodeKey(b"k" * 32), CodeKey(b"o" * 32)
WHO = "harbor-house", "desk-7"


def rows(work: UnitOfWork) -> list[tuple[str, str]]:
    table = table_of(CountedTry)
    return [(row.organization, row.subject) for row in work.session.execute(select(table))]


def test_no_digest_can_be_made_without_the_key(unit_of_work: UnitOfWork) -> None:
    """Neither the digest of a name nor that of names together is stored; under another key all is another."""
    with unit_of_work as work:
        for key in (KEY, OTHER):
            count_try(work.session, key, CODES, *WHO)
        stored = {digest for row in rows(work) for digest in row}
    plain = {hashlib.sha256(text.encode()).hexdigest() for text in (*WHO, "\0".join(WHO), "".join(WHO))}

    assert len(stored) == 4
    assert not stored & plain
    assert {KEY.digest("try\0harbor-house"), OTHER.digest("try\0harbor-house")} < stored


@pytest.mark.parametrize("allowance", [CODES, REFUSALS, GRIEVANCES], ids=lambda allowance: allowance.act)
def test_tries_are_limited_by_subject(allowance: Allowance, unit_of_work: UnitOfWork) -> None:
    """As many as allowed within the hour, then a wait; of another subject or another act as before."""
    with unit_of_work as work:
        for _ in range(allowance.of_subject):
            assert count_try(work.session, KEY, allowance, *WHO) is None
        wait = count_try(work.session, KEY, allowance, *WHO)
        assert wait is not None
        assert 3500 < wait <= 3601
        assert seconds_to_wait(work.session, KEY, allowance, *WHO) == pytest.approx(wait, abs=2)
        assert len(rows(work)) == allowance.of_subject
        assert count_try(work.session, KEY, allowance, "harbor-house", "desk-8") is None


def test_tries_are_limited_by_organization(unit_of_work: UnitOfWork) -> None:
    """Ten subjects use up what their organization has; the eleventh waits, and another organization does not."""
    with unit_of_work as work:
        for number in range(10):
            assert count_try(work.session, KEY, CODES, "harbor-house", f"desk-{number}", times=20) is None
        assert count_try(work.session, KEY, CODES, "harbor-house", "desk-10") is not None
        assert count_try(work.session, KEY, CODES, "lotus-center", "desk-10") is None
