"""What a telephone is given to dial, of what people write into the field of a number: never two numbers in one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from length import draws

from service.directory.standard.phone_numbers import dialable, textable

OFFICE = "tel:+15125550100"


@pytest.mark.parametrize(
    ("written", "dialed"),
    [
        ("512-555-0100 or 512-555-0101", OFFICE),
        ("512/555-0100 / 512/555-0101", OFFICE),
        ("512-555-0100/512-555-0101", OFFICE),
        ("Day: 512-555-0100; night: 512-555-0101", OFFICE),
        ("512-555-0100 o 512-555-0101", OFFICE),
        ("24/7: 512-555-0100", OFFICE),
        ("call 512-555-0100 and ask for the night desk", OFFICE),
        ("512-555-0100 ask for intake", OFFICE),
        ("512-555-0100, press 2", OFFICE),
        ("512-555-0100, ext. 7", f"{OFFICE};ext=7"),
        ("512-555-0100 x7 or 512-555-0101", f"{OFFICE};ext=7"),
        ("988 (call or text)", "tel:988"),
        ("711 then 555-0100", "tel:711"),
        ("1-800-GO FEDEX", "tel:+18004633339"),
        ("+44 20 7946 0958", "tel:+442079460958"),
        ("512-555-0100 512-555-0101", OFFICE),
        ("'512-555-0100'", OFFICE),
        ("\u201c(512) 555-0100\u201d", OFFICE),
        ('"Call 512 555 0100!"', OFFICE),
        ("Room 911, 512-555-0100", OFFICE),
        ("Suite 300, 512-555-0100", OFFICE),
        ("TTY 711, 512-555-0100", OFFICE),
        ("tel:+15125550100", OFFICE),
        ("512\u2013555\u20130100", OFFICE),
        ("1-800-799-SAFE (7233)", "tel:+18007997233"),
        ("800-799-7233 (SAFE)", "tel:+18007997233"),
        ("555-0100 ext 12", "tel:5550100;ext=12"),
        ("+52 55 1234 5678", "tel:+525512345678"),
        ("911", "tel:911"),
        ("9-1-1", "tel:911"),
        ("988", "tel:988"),
        ("Dial 988 or 512-555-0100", "tel:988"),
        ("'211'", "tel:211"),
        ("741741", "tel:741741"),
        ("text HOME to 741741", "tel:741741"),
        ("Text BEFREE to 233733 (BeFree)", "tel:233733"),
        ("envíe HOLA al 741741", "tel:741741"),
        ("12345", "tel:12345"),
        ("512-555-010", None),
        ("12", None),
        ("2026-03-01", None),
        ("5125550100 5125550101 99999999999999999999", OFFICE),
        ("ask at the desk", None),
        ("", None),
    ],
)
def test_the_first_number_is_dialed_without_the_words_around_it(written: str, dialed: str | None) -> None:
    assert dialable(written) == dialed


@pytest.mark.parametrize(
    ("written", "texted"),
    [
        ("Text HOME to 741741", "sms:741741"),
        ("(512) 555-0100", "sms:+15125550100"),
        ("512-555-0100 ext. 7", "sms:+15125550100"),
        ("at the desk", None),
    ],
)
def test_a_text_goes_to_the_number_alone(written: str, texted: str | None) -> None:
    assert textable(written) == texted


@given(st.text(st.sampled_from("0123456789+-() ./,;:xXextorcalTOA\"'\n\u0663\uff11\u00b2"), max_size=40))
@settings(max_examples=draws(400), deadline=None)
def test_any_text_is_a_number_or_none(written: str) -> None:
    """Whatever people write: digits of other scripts too, and what begins like a number from abroad."""
    uri = dialable(written)

    assert uri is None or re.fullmatch(r"tel:\+?[0-9]{3,15}(;ext=[0-9]+)?", uri)
    assert (textable(written) is None) == (uri is None)
