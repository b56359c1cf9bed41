"""What a telephone is given to dial, of what people write into the field of a number: never two numbers in one."""

from __future__ import annotations

import pytest

from service.directory.standard.phone_numbers import dialable

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
        ("512-555-0100 512-555-0101", None),
        ("ask at the desk", None),
        ("", None),
    ],
)
def test_the_first_number_is_dialed_without_the_words_around_it(written: str, dialed: str | None) -> None:
    assert dialable(written) == dialed
