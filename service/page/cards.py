"""The people of a group in the fields of its form: a card for alike people, and a draft of the next card. Pure.

A field is named by its card: `a.count`, `a.gender`, `a.need.food`; the draft's fields begin with `new.`. What a service
promised stands in `took.<key>.<service>/<agency>`, who must not share a house in `apart.<key>.<key>`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from string import ascii_lowercase
from typing import Any

from service.page.forms import Form, fields
from service.page.needs import PICTURED, usual_urgency
from service.page.profile_form import CHOICES, ages_in, number_or_text
from service.page.profile_form import DANGER as DANGER_FACT
from service.vocabulary import MOST_PEOPLE

DRAFT, TOOK, APART, DO, DONE, AREA = "new", "took.", "apart.", "do", "done", "client.area"
COUNT, YOUNGEST, OLDEST, GENDER, LANGUAGE, ALONG, AGES, NEED, DANGER = (
    "count", "from", "to", "gender", "language", "along", "ages", "need.", "danger.",
)  # fmt: skip
GROUP = fields(DO, AREA, lists=(DONE,), prefixes=(TOOK, APART, *(f"{key}." for key in (DRAFT, *ascii_lowercase))))
"""The fields of a group. `do`: the button that was pressed, such as `more.a`. `done`: agencies already called."""


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Alike people of a group, as typed; a blank part is not known."""

    key: str
    parts: Mapping[str, str]

    @property
    def count(self) -> int:
        """How many they are."""
        return number_in(self.parts.get(COUNT, ""), 1)

    @property
    def needs(self) -> list[str]:
        """What each of them needs, in the order of the pictures."""
        return [code for code in PICTURED if f"{NEED}{code}" in self.parts]

    @property
    def danger(self) -> list[str]:
        """What each of them is in danger of, the most pressing first."""
        return [code for code in CHOICES[DANGER_FACT] if f"{DANGER}{code}" in self.parts]

    @property
    def ages(self) -> list[str]:
        """The ages of those who come along with each of them, as typed, as far as they are known.

        >>> PersonCard("a", {"ages": "5, 9 and 12"}).ages
        ['5', '9', '12']
        """
        return ages_in(self.parts.get(AGES, ""))

    @property
    def along(self) -> int:
        """How many come along with each of them: the number typed, or as many as there are ages."""
        return max(number_in(self.parts.get(ALONG, ""), 0), len(self.ages))

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield the card's fields, for hidden inputs."""
        yield from ((f"{self.key}.{name}", value) for name, value in self.parts.items())

    def entry(self, area: str) -> dict[str, Any]:
        """Return the card as a client of a group; `area` "" is not known."""
        youngest, oldest = (self.parts.get(name, "") for name in (YOUNGEST, OLDEST))
        client: dict[str, Any] = {"area": area or None, "gender": self.parts.get(GENDER)}
        if youngest or oldest:
            client["age"] = {"min": number_or_text(youngest or oldest), "max": number_or_text(oldest or youngest)}
        if LANGUAGE in self.parts:
            client["languages"] = [self.parts[LANGUAGE]]
        if self.along:
            ages = [{"age": number_or_text(age)} for age in self.ages]
            client["with"] = [*ages, *[{}] * (self.along - len(ages))]
        facts: dict[str, Any] = {"client_present": True} | ({"danger": self.danger} if self.danger else {})
        return {
            "key": self.key,
            "count": self.count,
            "client": client,
            "needs": [{"type": code, "urgency": usual_urgency(code)} for code in self.needs],
            "facts": facts,
        }


def cards_of(form: Form) -> list[PersonCard]:
    """Return the cards of a form, by key.

    >>> [card.count for card in cards_of(Form({"a.count": ("3",), "a.need.food": ("yes",), "new.gender": ("male",)}))]
    [3]
    """
    cards = (PersonCard(key, form.by_prefix(f"{key}.")) for key in ascii_lowercase)
    return [card for card in cards if card.parts]


def draft_of(form: Form) -> PersonCard:
    """Return the draft of the next card."""
    return PersonCard(DRAFT, form.by_prefix(f"{DRAFT}."))


def after_button(form: Form) -> Form:
    """Return the form after the button that was pressed: `add`, or `more`, `less` or `change` with a card's key.

    >>> form = after_button(Form({"new.need.food": ("yes",), "do": ("add",)}))
    >>> [(card.key, card.count) for card in cards_of(form)]
    [('a', 1)]
    >>> cards_of(after_button(Form({**form.values, "do": ("less.a",)})))
    []
    """
    act, _, key = form.value(DO).partition(".")
    cards = {card.key: card for card in cards_of(form)}
    draft, new_keys = draft_of(form), dict[str, str]()
    free = next((letter for letter in ascii_lowercase if letter not in cards), None)
    if act == "add" and draft.needs and free:
        cards[free], draft = PersonCard(free, {COUNT: "1", **draft.parts}), PersonCard(DRAFT, {})
        new_keys = {DRAFT: free}
    elif act == "change" and key in cards:
        draft, new_keys = PersonCard(DRAFT, cards.pop(key).parts), {key: DRAFT, DRAFT: ""}
    elif act in ("more", "less") and key in cards:
        count = min(cards[key].count + (1 if act == "more" else -1), MOST_PEOPLE)
        cards[key] = PersonCard(key, {**cards[key].parts, COUNT: str(count)})
        if not count:
            del cards[key]
    settings = {name: form.values[name] for name in (AREA, DONE) if name in form.values}
    pairs = (pair for card in (*cards.values(), draft) for pair in card.fields())
    relations = _relations(form, new_keys, {*cards, DRAFT} if draft.parts else {*cards})
    return Form({**settings, **{name: (value,) for name, value in (*pairs, *relations)}})


def _relations(form: Form, new_keys: Mapping[str, str], keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the promises to cards that stand as they were, and the pairs of cards and draft to keep apart."""
    for name, value in form.by_prefix(TOOK).items():
        key = name.partition(".")[0]
        if key in keys and key not in new_keys:
            yield f"{TOOK}{name}", value
    for first, second in apart_in(form):
        pair = {new_keys.get(first, first), new_keys.get(second, second)}
        if pair <= {*keys}:
            yield APART + ".".join(sorted(pair)), "yes"


def without_promises(form: Form) -> Form:
    """Return a form without its promises: a promise that fits no more would have every answer refused."""
    return Form({name: values for name, values in form.values.items() if not name.startswith(TOOK)})


def apart_in(form: Form) -> list[tuple[str, str]]:
    """Return the pairs of keys that must not share a house.

    >>> apart_in(Form({"apart.a.c": ("yes",)}))
    [('a', 'c')]
    """
    return [(first, second) for first, _, second in (name.partition(".") for name in form.by_prefix(APART))]


def pairs_of(form: Form) -> list[tuple[PersonCard, PersonCard]]:
    """Return each pair of cards of a form, to ask whether they must not share a house."""
    return [*combinations(cards_of(form), 2)]


def group_of(form: Form) -> dict[str, Any]:
    """Return the group of a form, as the interface takes it; agencies that take nobody are avoided by all.

    >>> form = Form({"a.need.food": ("yes",), "took.a.pantry": ("1",), "took.a.kitchen/house": ("0",)})
    >>> group_of(form)["taken"], group_of(form)["clients"][0]["avoid"]
    ([{'key': 'a', 'count': 1, 'service': 'pantry'}], ['house'])
    """
    assignments, places = list[dict[str, Any]](), dict[str, list[int]]()
    cards = cards_of(form)
    remainder = Counter({card.key: card.count for card in cards})
    for name, value in form.by_prefix(TOOK).items():
        key, _, place = name.partition(".")
        service, _, family = place.partition("/")
        promise = number_in(value, 0)
        count = min(promise, remainder[key])  # a card may have been counted down since
        remainder[key] -= count
        places.setdefault(family, []).append(promise)
        assignments += [{"key": key, "count": count, "service": service}] if count else []
    full = {family for family, counts in places.items() if family and not any(counts)}
    clients = [card.entry(form.value(AREA)) | {"avoid": sorted(full)} for card in cards]
    apart = [[*pair] for pair in apart_in(form) if {*pair} <= {card.key for card in cards}]
    return {"clients": clients, "apart": apart, "taken": assignments}


def number_in(text: str, otherwise: int) -> int:
    """Return a small whole number that was typed.

    >>> number_in("3", 1), number_in("three", 1)
    (3, 1)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else otherwise
