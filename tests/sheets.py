"""Call sheets of both demos' profiles and of drawn ones, and what has to be read from a screen that shows one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from answer.invented import draw_instance
from drawn_coalitions import AREAS, TYPES, drawn, first_version
from loaded import Loader
from rich.console import Console
from seeds import fresh_random

import policies
from service import demo, vocabulary
from service.answers.printed import PrintedPage, print_answer
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.i18n import codes
from service.i18n.translation import read_in

Document = dict[str, Any]
Case = tuple[Document, Document]
"""A profile and its answer."""
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
DANGERS = ("imminent", "medical", "suicide", "overheard")
TRAITS = ("sex_trafficking", "labor_trafficking", "domestic_violence", "sexual_assault", "runaway", "disability")
WORD_OF_A_LINE = "client.traits."


def of_demos(loader: Loader) -> Iterator[tuple[str, Case]]:
    """Yield the cases of both demos by name, `coalition/profile`."""
    for coalition in demo.COALITIONS:
        directory = loader.serve_demo(coalition)
        for name in demo.profile_names(coalition):
            profile = json.loads(demo.profile_bytes(name, coalition))
            yield f"{coalition}/{name}", (profile, answer_to(directory, profile))


def of_drawn(loader: Loader, count: int) -> Iterator[tuple[str, Case]]:
    """Yield cases of drawn coalitions: half of them small and full of refusals, half with a drawn profile of ours."""
    for seed in range(count):
        dice = fresh_random(seed)
        if seed % 2:
            _, directory, profile, _ = draw_instance(loader, seed)
        else:
            directory = first_version(loader, drawn(seed))
            profile = drawn_profile(seed, sorted(directory.names.organizations))
        facts: Document = {"danger": dice.sample(DANGERS, dice.choice([1, 2]))} if dice.random() < 0.2 else {}
        facts |= {"caller": "third_party"} if dice.random() < 0.1 else {}
        profile["facts"] = {**profile.get("facts", {}), **facts}
        yield f"drawn {seed}", (profile, answer_to(directory, profile))


def drawn_profile(seed: int, slugs: Sequence[str]) -> Document:
    """Return a profile for a coalition of `drawn_coalitions`."""
    dice = fresh_random(seed)
    age = dice.choice([9, 15, 17, 30, 70])
    return {
        "origin": dice.choice(slugs),
        "at": AT.isoformat(),
        "client": {
            "age": age,
            "area": dice.choice(AREAS),
            "languages": dice.choice([["en"], ["es"], ["fr"]]),
            "traits": {trait: dice.random() < 0.5 for trait in dice.sample(TRAITS, 2)},
            "with": [{"age": dice.choice([1, 12])} for _ in range(dice.choice([0, 0, 1]))],
        },
        "needs": [
            {"type": code, "urgency": dice.choice(vocabulary.URGENCIES)}
            for code in dice.sample([*TYPES, "child_protection_report", "victim_advocacy"], dice.randint(1, 4))
        ],
        "facts": {"client_present": dice.random() < 0.7},
    }


def answer_to(directory: DirectorySnapshot, profile: Document) -> Document:
    return find_paths(directory, read_profile(json.dumps(profile).encode()))  # type: ignore[return-value]


def printed(answer: Document, *, language: str = "en", width: int = 80) -> list[str]:
    """Return the lines that the terminal shows of an answer."""
    out = StringIO()
    page = PrintedPage(Console(file=out, width=width, highlight=False), language)
    print_answer(page, answer, asked_at=AT)  # type: ignore[arg-type]
    return out.getvalue().splitlines()


def flat(lines: Sequence[str]) -> str:
    """Return lines as one, so that a sentence is found wherever it is broken."""
    return " ".join(" ".join(lines).split())


def needs_in_items(items: Sequence[Mapping[str, Any]], asked: set[str]) -> Counter[str]:
    """Return in how many items each asked need is."""
    counts = Counter[str]()
    for item in items:
        if item["kind"] in ("call", "own", "report"):
            counts.update(asked.intersection(item["needs"]))
        if item["kind"] == "none":
            counts[item["need"]] += 1
    return counts


def not_shown(items: Sequence[Mapping[str, Any]], text: str, language: str = "en") -> list[str]:
    """Return what a sheet holds that a text does not: numbers, duties, what is not shared, tasks, what to tell.

    Blanks are left out on both sides: a page breaks lines where it wants.
    """
    shown, text = (
        (str(read_in(language, words)) for item in items for words in must_be_shown(item)),
        without_blanks(text),
    )
    return [words for words in shown if without_blanks(words) not in text]


def without_blanks(text: str) -> str:
    return "".join(text.split())


def must_be_shown(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the numbers and sentences of an item that no screen may drop."""
    for numbers in numbers_of(item):
        yield from (number for number in (numbers.get("phone"), numbers.get("sms")) if number)
    if item["kind"] in ("report", "maybe_report"):
        yield from item["say"] or [item["text"]]
        yield from (to["name"] for to in item["to"])
        yield from [item["number_from"]["plain"]] if item.get("number_from") else []
    for entry in item.get("leave_unsaid", ()):
        if entry.startswith(WORD_OF_A_LINE):
            trait = entry.removeprefix(WORD_OF_A_LINE)
            yield codes.topic(trait) if trait in vocabulary.TRAITS else trait.replace("_", " ")
        else:
            yield policies.data_in_words(entry)
    yield from (task["plain"] for task in item.get("obligations", ()))
    yield from (entry["plain"] for entry in item.get("confirm", ()))
    yield from (item[key] for key in ("how", "script") if item.get(key))
    if item["kind"] in ("danger", "safety", "own", "question", "line", "note", "advocate"):
        yield item["text"]


def numbers_of(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield whatever of an item has numbers to call or to text."""
    yield item
    if "contact" in item:
        yield item["contact"]
    if item["kind"] in ("report", "maybe_report"):
        yield from item["to"]
        yield item.get("number_from") or {}
    yield from item.get("instead", ())
    yield from item.get("try", ())
