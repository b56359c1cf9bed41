"""The one style of the pages: its tokens are described, all are used, and text can be read on every ground."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

import pytest

STYLE = (files("service.page") / "page.css").read_text(encoding="utf-8")
README = (files("service.page") / "README.md").read_text(encoding="utf-8")
LEAST_CONTRAST = 4.5
PAIRS = (
    *((text, ground) for text in ("ink", "soft", "act", "warn") for ground in ("paper", "card")),
    *(
        ("ink", "calm"),
        ("act", "calm"),
        ("on-act", "act"),
        ("on-away", "away"),
        ("ink", "law-card"),
        ("law", "law-card"),
        ("on-sheet", "sheet"),
    ),
)


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


LIGHT, DARK = (colours(block) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL))
OFFICER = colours(re.search(r"\.officer \{(.*?)\}", STYLE)[1])  # type: ignore[index]
THEMES = {"light": LIGHT, "dark": LIGHT | DARK, "officer by day": LIGHT | OFFICER, "officer": LIGHT | DARK | OFFICER}


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour_of", THEMES.values(), ids=THEMES)
def test_text_can_be_read_on_every_ground(colour_of: Mapping[str, str]) -> None:
    """WCAG AA for text of any size, in each theme."""
    for text, ground in PAIRS:
        darker, lighter = sorted((luminance(colour_of[text]), luminance(colour_of[ground])))
        assert (lighter + 0.05) / (darker + 0.05) >= LEAST_CONTRAST, (text, ground)


def test_every_token_is_used_and_described() -> None:
    """A token that nothing takes, or that the description leaves out, misleads whoever looks for one."""
    tokens = set(re.findall(r"(--[\w-]+): ", re.search(r":root \{(.*?)\}", STYLE, re.DOTALL)[1]))  # type: ignore[index]
    spaces = {f"--space-{number}" for number in range(1, 6)}

    assert set(re.findall(r"var\((--[\w-]+)\)", STYLE)) == tokens
    assert {*re.findall(r"`(--[\w-]+)`", README)} | spaces == tokens


def test_sizes_of_text_and_of_what_is_pressed_are_tokens() -> None:
    """A bare size would be one more step that no scale has."""
    rules = STYLE.partition("*, ::before")[2]
    assert re.findall(r"(?:font-size|border-radius|outline-offset): [^v0%][^;]*;", rules) == []
    assert re.findall(r"#[0-9a-f]{3,6}\b", rules.replace(re.search(r"\.officer \{.*?\}", rules)[0], "")) == []  # type: ignore[index]
