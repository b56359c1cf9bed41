"""Which number an answer shows: what a worker calls, and what a client who signs can use alone."""

from __future__ import annotations

import pytest

from routing import Phone
from service.answers.builder.phones import best_phone, contact_phone, signs

VOICE = Phone("1", "voice", "Office")
INTAKE = Phone("2", None, "24-hour intake line")
TEXT = Phone("3", "sms", "Text line")
FAX = Phone("4", "fax", "Fax")


@pytest.mark.parametrize(
    ("phones", "in_writing", "number"),
    [
        ([VOICE, INTAKE, TEXT], False, "2"),
        ([FAX, TEXT, VOICE], False, "1"),
        ([VOICE, INTAKE, TEXT], True, "3"),
        ([VOICE, FAX], True, "1"),
        ([FAX], False, None),
    ],
)
def test_the_line_that_fits_comes_first(phones: list[Phone], in_writing: bool, number: str | None) -> None:
    """Voice and intake for a worker, text for a client who signs; any other line rather than none, but never a fax."""
    for order in (phones, phones[::-1]):
        best = best_phone(order, in_writing=in_writing)
        assert (best.number if best else None) == number


def test_the_services_own_number_comes_first_unless_it_cannot_be_used() -> None:
    """An organization's text line stands in for a service that can only be spoken to, and its voice line for a fax."""
    assert contact_phone([VOICE], [TEXT], in_writing=False) == VOICE
    assert contact_phone([VOICE], [TEXT], in_writing=True) == TEXT
    assert contact_phone([VOICE], [INTAKE], in_writing=True) == VOICE
    assert contact_phone([], [INTAKE], in_writing=False) == INTAKE
    assert contact_phone([], [], in_writing=True) is None
    assert contact_phone([FAX], [INTAKE], in_writing=False) == INTAKE
    assert contact_phone([TEXT], [INTAKE], in_writing=False) == INTAKE
    assert contact_phone([FAX], [INTAKE], in_writing=True) == INTAKE
    assert contact_phone([TEXT], [FAX], in_writing=False) == TEXT
    assert contact_phone([FAX], [], in_writing=False) is None


@pytest.mark.parametrize(
    ("languages", "expected"),
    [(["sgn-ase"], True), (["en", "ASE"], True), (["en"], False), ([], False), (None, False), (["asexual"], False)],
)
def test_who_signs(languages: list[str] | None, expected: bool) -> None:
    """By the first part of the tag, in any case."""
    assert signs(languages) is expected
