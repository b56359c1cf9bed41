"""A look at a page as it stands: nothing to scroll sideways, nothing too small to press, and no fault that axe finds.

Axe takes a second for what a look takes a twentieth of, so it runs where it can find something new, by what its rules
read. Rules of elements read the page's text, and which elements are shown and which scroll: they run once for each
such shape, and a page has one on phones and one at desks, a header the same one on most pages. Rules of colour read a
text's colour, size and weight and what is painted beneath it: they run, over all of a page, where one such paint was
not seen before. A paint differs by light, and by width wherever the style does. What axe found fault with is not kept:
it is found again in each way in which it stands there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from browsers import UNWRAP, Driven, faults
from walks import TOO_SMALL, TOO_WIDE

OPENED = {"as it came": "", "folds open": "main *", "menu open": ".menu"}
"""How a page is looked at, and which of its folds are open then; of the page as it came, those that came open."""
PARTS = {"folds open": "html", "menu open": "header"}
"""Which part of it axe looks at."""
OPEN = """(which) => {
  const folds = [...document.querySelectorAll('details')];
  window.cameOpen ??= new Set(folds.filter((fold) => fold.open));
  folds.forEach((fold) => { fold.open = which ? fold.matches(which) : window.cameOpen.has(fold); });
}"""
SHAPE = """async (part) => {
  const state = (element) => {
    const { overflowX, overflowY } = getComputedStyle(element);
    const scrolls = /auto|scroll/.test(overflowX) && element.scrollWidth > element.clientWidth
      || /auto|scroll/.test(overflowY) && element.scrollHeight > element.clientHeight;
    return element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) + 2 * scrolls;
  };
  const text = part.outerHTML.replaceAll(/ value="[^"]*"/g, '') + document.documentElement.lang
    + document.body.className + [part, ...part.querySelectorAll('*')].map(state).join('');
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}"""
"""What the rules of elements read of a part, as a digest; no rule reads a value, such as a form's token."""
PAINTS = """(part) => {
  const grounds = new Map([[null, '']]);
  const ground = (element) => {
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity, filter, position } = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity, filter].join();
      const isClear = own === 'rgba(0, 0, 0, 0),none,1,none';
      const unlike = isClear && /absolute|fixed|sticky/.test(position) ? Math.random() : '';
      grounds.set(element, ground(element.parentElement) + (isClear ? unlike : `/${own}`));
    }
    return grounds.get(element);
  };
  const paint = (element) => {
    const { color, fontSize, fontWeight, textShadow, textDecorationLine } = getComputedStyle(element);
    const around = element.matches('a') ? `link in ${getComputedStyle(element.parentElement).color}` : '';
    const off = element.closest(':disabled, :has(> :disabled)') ? 'off' : '';
    return [color, fontSize, fontWeight, textShadow, textDecorationLine, around, off, ground(element)].join(' ');
  };
  const isShown = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true });
  };
  const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  const holders = new Set(part.querySelectorAll('input, select, textarea'));
  while (texts.nextNode()) if (texts.currentNode.data.trim()) holders.add(texts.currentNode.parentElement);
  return [...new Set([...holders].filter(isShown).map(paint))];
}"""
"""What the rules of colour read of each text, each once. Text that lies over other things, with no ground of its own,
is never like one seen before."""
LOOK = f"""async () => {{
  const open = {OPEN}, shape = {SHAPE}, paints = {PAINTS};
  const opened = {OPENED}, parts = {PARTS}, looks = {{}};
  for (const [how, which] of Object.entries(opened)) {{
    open(which);
    const part = parts[how] && document.querySelector(parts[how]);
    looks[how] = [({TOO_WIDE})(), ({TOO_SMALL})(), ...(part ? [await shape(part), paints(part)] : [])];
  }}
  open('');
  return looks;
}}"""
HEADINGS = "[document.documentElement.lang, document.querySelectorAll('h1').length]"


@dataclass
class Inspection:
    """What axe found no fault with in one kind of browser (`clean`), and how often it ran (`runs`)."""

    clean: set[str] = field(default_factory=set)
    runs: int = 0

    def look(self, browser: Driven, language: str) -> list[Any]:
        """Return what is wrong with a page as it stands: as it came, with every fold open, with the menu open."""
        browser.run(UNWRAP)
        headings = browser.run(HEADINGS)
        wrong: list[Any] = [] if headings == [language, 1] else [headings]
        for how, (wide, small, *more) in browser.run(f"({LOOK})()").items():
            wrong += [("wide", how, wide)] * (wide > 0) + [("small", how, small)] * bool(small)
            if more:
                shape, paints = more
                wrong += self._by_axe(browser, how, "others", {f"{PARTS[how]} {shape}"})
                wrong += self._by_axe(browser, how, "painted", set(paints))
        browser.run(f"({OPEN})('')")
        return wrong

    def _by_axe(self, browser: Driven, how: str, rules: str, parts: set[str]) -> list[Any]:
        """Return what axe finds, where its rules read something new."""
        if parts <= self.clean:
            return []
        self.runs += 1
        browser.run(f"({OPEN})({OPENED[how]!r})")
        if all_faults := faults(browser, PARTS[how], rules):
            return [("axe", how, fault) for fault in all_faults]
        self.clean |= parts
        return []
