"""Pictures as SVG 1.1: texts, boxes and lines at whole pixels, the same bytes for the same content. Pure.

No script, no link and no font from elsewhere is in a picture; what comes from a directory is escaped. Words are
English, each put into the reader's language by `Say` before it is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

Say = Callable[[str], str]
"""Puts a sentence of ours into the reader's language."""
SIZE = 13
"""Of the letters, in pixels."""
_NARROW, _WIDE = 0.6, 1.05
FONT = "DejaVu Sans, Verdana, Arial, sans-serif"

DARK = {
    "#ffffff": "#181d21", "#1a1a1a": "#eceae4", "#555555": "#b3bcc4",
    "#6b6b6b": "#a9b2b9", "#1b6e3c": "#6fcf97", "#1f5fa8": "#7db7f0", "#b5651d": "#e8a765", "#b3261e": "#f2a09a",
    "#f4c7c3": "#6b2b27", "#e3e3e3": "#3b4249", "#fce8b2": "#5f4a10", "#d5ead4": "#24502a", "#9ccc9c": "#2f7440",
}  # fmt: skip
"""Each color of a picture, and the color in its place for a reader who has the screen dark."""
_IN_THE_DARK = "".join(
    f'[{part}="{light}"]{{{part}:{dark}}}' for light, dark in DARK.items() for part in ("fill", "stroke")
)
_STYLE = f"<style>@media (prefers-color-scheme: dark) {{{_IN_THE_DARK}}}</style>"

_ARROW = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M 0 0 L 8 4 L 0 8 z" fill="#1a1a1a"/></marker></defs>'
)


def width_of(text: str, size: int = SIZE) -> int:
    """Return the most pixels that a text takes in the pictures' fonts."""
    signs = (_WIDE if east_asian_width(sign) in "WF" else _NARROW for sign in text)
    return round(size * sum(signs)) + 1


def shorten(text: str, most: int, size: int = SIZE) -> str:
    """Return a text within a number of pixels, cut with an ellipsis if too long.

    >>> shorten("Harbor House for everybody", 100)
    'Harbor Hous…'
    """
    if width_of(text, size) <= most:
        return text
    while text and width_of(text + "…", size) > most:
        text = text[:-1]
    return text.rstrip() + "…"


def text(
    x: int, y: int, words: str, *, size: int = SIZE, anchor: str = "start", fill: str = "#1a1a1a", bold: bool = False
) -> str:
    """Return a text whose baseline begins, ends or has its middle at a point."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{fill}"{weight}>'
        f"{escape(printable(words))}</text>"
    )


def box(x: int, y: int, width: int, height: int, *, fill: str, stroke: str = "none") -> str:
    """Return a rectangle."""
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" stroke="{stroke}"/>'


def dot(x: int, y: int, radius: int, *, fill: str, stroke: str) -> str:
    """Return a circle."""
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}" stroke="{stroke}" stroke-width="2"/>'


def line(path: str, *, stroke: str, arrow: bool = False) -> str:
    """Return a line along a path, with an arrow at its end or none."""
    head = ' marker-end="url(#arrow)"' if arrow else ""
    return f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="1.5"{head}/>'


def with_title(words: str, *parts: str) -> str:
    """Return parts of a picture with a text for pointing devices and screen readers.

    >>> with_title("Harbor & House", box(0, 0, 8, 8, fill="#ffffff"))
    '<g><title>Harbor &amp; House</title><rect x="0" y="0" width="8" height="8" fill="#ffffff" stroke="none"/></g>'
    """
    return f"<g><title>{escape(printable(words))}</title>{''.join(parts)}</g>"


def picture(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    """Return a whole picture, on white or, for a dark screen, in the colors of `DARK`."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' font-family={quoteattr(FONT)} role="img"><title>{escape(printable(title))}</title>'
    )
    return "\n".join([head, _STYLE, _ARROW, box(0, 0, width, height, fill="#ffffff"), *parts, "</svg>"]) + "\n"


def printable(words: str) -> str:
    """Return words without characters that XML forbids or that turn a line around."""
    return "".join(sign for sign in words if sign.isprintable())
