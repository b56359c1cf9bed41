"""Every sentence that the application may show a person, found by looking where they come from, not from a list."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from loaded import Loader
from repository import ROOT

import policies
from service import demo
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.answers.use_cases.next_calls import next_calls
from service.app import description_bytes
from service.cli import app
from service.coalition import read_guide
from service.i18n import calls
from service.i18n.problems import TITLES
from service.page.words import words_in
from service.settings import Settings
from service.vocabulary import LISTS, TRAITS_BY_CODE, policy_packs
from service.web.problems import PROBLEM_TYPES

SHOWN_KEYS = frozenset({"plain", "text", "would_change", "before", "lines", "how", "script"})
"""Keys of an answer whose values are sentences of ours; other texts in it are the directory's own."""
DESCRIBED_KEYS = frozenset({"summary", "description"})
WORDED = (
    "service/i18n",
    "policies/explaining/decision.py",
    "policies/explaining/facts.py",
    "policies/explaining/changes.py",
)
"""Where the words of answers and of pages are kept."""
REPORTED = (
    "service/i18n/commands.py", "service/i18n/replies.py",
    "service/i18n/refusals.py", "service/i18n/setup.py", "service/i18n/imports.py",
    "service/i18n/webhooks.py", "service/i18n/described.py", "service/i18n/warnings.py",
    "service/security/errors.py", "policies/verify/properties.py", "policies/verify/witness.py",
    "policies/explaining/steps.py",
)  # fmt: skip
"""Where the words are kept that whoever runs or calls the program reads: commands, refusals, findings."""


NAMES = ("service/i18n/languages.py", "service/i18n/texts.py", "service/i18n/spoken_codes/__init__.py")
"""Names of languages, signs of texts, words of codes: no sentences."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, and where it comes from. `technical`: read by whoever runs or calls the program, not by a caseworker."""

    place: str
    text: str
    technical: bool = False


def every_sentence(loader: Loader) -> list[Sentence]:
    """Return every text that may be shown, each place and text once, in a fixed order."""
    sentences = [*of_rules(), *of_modules(), *of_answers(loader), *of_problems(), *of_openapi(), *of_commands()]
    sentences += [*of_settings(), *of_guide(), *of_pages(), *of_lists()]
    return [fromkey for fromkey in dict.fromkeys(sentences) if re.search(r"[A-Za-z]{2}", fromkey.text)]


COMMANDS = ("curl ",)
"""What a shell reads is no sentence."""


def of_rules() -> Iterator[Sentence]:
    """Yield what each rule of every pack says, at length and in short, and asks for."""
    for rule in policies.load_rulebook(policy_packs()).rules:
        yield Sentence("`plain` of rules", rule.plain)
        yield Sentence("`asks` of rules", rule.asks)
        yield Sentence("`brief` of rules", rule.brief or "")


def of_modules() -> Iterator[Sentence]:
    """Yield the words kept in the modules that word answers, pages and commands."""
    apart = {ROOT / name for name in (*REPORTED, *NAMES)}
    for name in (*WORDED, *REPORTED):
        for file in modules_of(name) if name in REPORTED else sorted({*modules_of(name)} - apart):
            for _, text in texts_of(file):
                if " " in text.strip() and not text.startswith(COMMANDS):
                    yield Sentence(name, text, technical=name in REPORTED)


def modules_of(name: str) -> list[Path]:
    """Return the modules of a folder of this repository, or the one of that name."""
    place = ROOT / name
    return sorted(place.rglob("*.py")) if place.is_dir() else [place]


def texts_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of every string in a module but docstrings, keys of dictionaries and patterns.

    A text put together (`f"{count} days"`) comes as one, with `{}` where something is filled in.
    """
    yield from ((line, text) for (line, _), text in _strings(file))


def _strings(file: Path) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield line, column and text, as `texts_of` does."""
    tree, skipped = ast.parse(file.read_text(encoding="utf-8")), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        elif isinstance(node, ast.Dict):
            skipped.update(id(key) for key in node.keys)
        elif isinstance(node, ast.JoinedStr):
            skipped.update(id(inner) for inner in ast.walk(node) if inner is not node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
            skipped.update(id(argument) for argument in node.args)
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield _place(node), "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield _place(node), node.value


STATEMENT = re.compile(r"\s*(select|insert|update|delete|create|copy|set local)\b.*", re.IGNORECASE | re.DOTALL)
"""How statements to a database begin."""
DESCRIBING = frozenset({"description", "summary", "title", "response_description"})
A_WORD = re.compile(r"(?<!\S)[\"'(`]?[A-Za-z][a-z'-]*[\"')`]?[,.:;?!]*(?!\S)")
SMALL = re.compile(
    r"(?<![\w`'-])(a|an|and|any|are|at|be|by|cannot|for|from|has|here|in|is|it|must|needs?|no|not|of|on|or|that|the"
    r"|there|they|this|to|was|what|which|who|with|you|your)(?![\w`'-])",
    re.IGNORECASE,
)


def said_in(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of every string in a module that reads as words for people: three of them, one a small one.

    Not docstrings, what is given to a log, statements to a database, nor what describes a field or an operation.
    """
    declared = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Call):
            parts += [node] if re.match(r"_?log(ger)?\.", ast.unparse(node.func)) else []
            parts += [keyword.value for keyword in node.keywords if keyword.arg in DESCRIBING]
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            parts += [value for key, value in pairs if isinstance(key, ast.Constant) and key.value in DESCRIBING]
        declared.update(_place(inner) for part in parts for inner in ast.walk(part) if isinstance(inner, ast.expr))
    for place, text in _strings(file):
        words = len(A_WORD.findall(text)) >= 3 and SMALL.search(text)
        if words and place not in declared and not STATEMENT.fullmatch(text):
            yield place[0], text


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def of_answers(loader: Loader) -> Iterator[Sentence]:
    """Yield every sentence of the answers to the demo's profiles, in both of their forms."""
    directory = loader.serve_demo()
    for name in demo.profile_names():
        profile = read_profile(demo.profile_bytes(name))
        answer = find_paths(directory, profile)
        for key, text in shown_in([answer, next_calls(answer, {})], SHOWN_KEYS):
            yield Sentence(f"`{key}` in answers", text)


def shown_in(document: Any, keys: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield key and text of every string, or list of strings, that stands under one of the keys."""
    if isinstance(document, list):
        for item in document:
            yield from shown_in(item, keys)
    elif isinstance(document, dict):
        for key, value in document.items():
            if key in keys and isinstance(value, str):
                yield key, value
            elif key in keys and isinstance(value, list) and all(isinstance(item, str) for item in value):
                yield from ((key, item) for item in value)
            else:
                yield from shown_in(value, keys)


def of_problems() -> Iterator[Sentence]:
    """Yield the title and the meaning of every problem over HTTP."""
    for code, kind in PROBLEM_TYPES.items():
        yield Sentence("titles of problems", TITLES[code], technical=True)
        yield Sentence("meanings of problems", kind.meaning, technical=True)


def of_openapi() -> Iterator[Sentence]:
    """Yield what the description of the HTTP interface says of its parts, examples included."""
    document = json.loads(description_bytes())
    for key, text in shown_in(document, DESCRIBED_KEYS):
        yield Sentence(f"`{key}` in the API description", text, technical=True)
    for key, text in shown_in(document, SHOWN_KEYS):
        yield Sentence(f"`{key}` in examples of the API description", text)


def of_commands() -> Iterator[Sentence]:
    """Yield what the command line says of its commands, arguments and options."""

    def walk(command: Any) -> Iterator[str]:
        yield from filter(None, [command.help, *(getattr(param, "help", None) for param in command.params)])
        for name in command.list_commands(None) if hasattr(command, "commands") else ():
            yield from walk(command.get_command(None, name))

    yield from (Sentence("help of commands", text, technical=True) for text in walk(typer.main.get_command(app)))


def of_lists() -> Iterator[Sentence]:
    """Yield what the words of the closed lists mean, and what agencies ask about. Names are no sentences."""
    for name, words in LISTS.items():
        yield from (Sentence(f"meanings of {name}", word.meaning.en, technical=True) for word in words.values())
    for trait in TRAITS_BY_CODE.values():
        yield Sentence("topics of traits", calls.ASKS_ABOUT.format(topic=trait.topic.en))


def of_guide() -> Iterator[Sentence]:
    """Yield what the guide says to staff of every sector."""
    document = read_guide()
    yield from (Sentence("the guide", document[key]) for key in ("about", "checked"))
    for sector in document["sectors"]:
        yield from (Sentence("the guide", text) for text in (sector["name"], *sector["see"], *sector["ask"]))
        yield from (Sentence("the guide", entry["plain"]) for entry in sector["request"])


NAMES_IN_PAGES = ("language.", "agency_kind.")


def of_pages() -> Iterator[Sentence]:
    """Yield what the pages say in English, by part; what is filled in stands as `{}`. Names are no sentences."""
    for key, text in words_in("en").items():
        if key.startswith(NAMES_IN_PAGES):
            continue
        yield Sentence(f"`{key.partition('.')[0]}` of the pages", re.sub(r"\{\w+\}", "{}", text))


def of_settings() -> Iterator[Sentence]:
    """Yield what each setting is."""
    for field in Settings.model_fields.values():
        yield Sentence("settings", field.description or "", technical=True)
