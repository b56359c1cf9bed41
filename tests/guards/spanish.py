"""English sentences that need a Spanish one, found where they are worded; and how Spanish has to read."""

from __future__ import annotations

import ast
import calendar
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import textstat
import yaml
from repository import ROOT

import policies
from policies.explaining import decision, facts
from service.api.problems import PROBLEM_TYPES
from service.coalition import read_guide
from service.languages import _NAME_OF_CODE
from service.vocabulary import LISTS, TRAITS_BY_CODE, policy_packs
from service.wording import (
    answers,
    calls,
    coalition,
    codes,
    conditions,
    dangers,
    grievances,
    group,
    happenings,
    legal_hold,
    lines,
    questions,
    refusals,
    replies,
    states,
    webhooks,
)
from service.wording.spanish.catalogue import read_entries

Worded = Mapping[str, str]
"""Where a text is worded, by the text."""
EASIEST_NEEDED = 60
"""Least points of reading ease, by Fernández Huerta."""
LEAST_WORDS = 8
"""Shorter texts are labels, for which the formula means nothing: they are measured together, kind by kind."""

MODULES = (
    answers, calls, dangers, lines, questions, conditions, codes, coalition, grievances, group, happenings, legal_hold,
    states, refusals, webhooks, decision,
)  # fmt: skip
"""What words the answers of the interface; what commands print stays English, and so do the facts of a decision."""
JOINING = frozenset({" and ", " or ", ", ", "; ", ". ", " ", "{} and {}", "{} or {}", "within "})
"""What stands between the parts of a list: the catalogue's kinds of lists say it in Spanish."""
NOT_ANSWERED = frozenset(
    {refusals.A_TIMEZONE, "{} and {} more", coalition.UNTIL, coalition.FOLLOWS, coalition.LINE, coalition.NO_LINE}
)
"""What is written alike in both languages, or stands on printed pages alone."""
SPELLED = (
    *calendar.day_name,
    *list(calendar.month_name)[1:],
    *(f"1 {unit}" for unit in ("day", "hour", "minute", "second")),
    *(f"{{}} {unit}s" for unit in ("day", "hour", "minute", "second")),
    "problem",
    "problems",
    "yes",
    "no",
)
"""What is put together from a number and a unit, or by `strftime`, written out."""
_OF_A_SENTENCE = re.compile(r"(?:^|(?<=[.!?]) ?)\{\w+\} ?(?=[A-Z{]|$)")
"""A slot that whole sentences fill: `{rule} To send it ...`, `... then call 911. {police}Give ...`."""


def skeleton(text: str) -> str:
    """Return a text as it is compared: slots without their names, no blank at its ends. Pure."""
    return re.sub(r"\{[^}]*\}", "{}", text).strip()


def pieces(text: str) -> Iterator[str]:
    """Yield what a text consists of: its own sentences, without the slots that other sentences fill. Pure."""
    text = re.sub(r"\{[^}]*\}", "{x}", text)
    parts = [text]
    while (split := [piece for part in parts for piece in _OF_A_SENTENCE.split(part)]) != parts:
        parts = split
    yield from (skeleton(part) for part in parts if says_something(part))


def says_something(text: str) -> bool:
    """Say whether there are words of ours in a text: some entries of the catalogue only say what may stand where."""
    return re.search(r"[A-Za-z]", re.sub(r"\{[^}]*\}", "", text)) is not None


def worded() -> Worded:
    """Return every English text that needs a Spanish one, as skeletons, with the place that words it."""
    found: dict[str, str] = {}
    for place, text in _every():
        for piece in pieces(text) if text not in JOINING | NOT_ANSWERED else ():
            found.setdefault(piece, place)
    return found


def _every() -> Iterator[tuple[str, str]]:
    for module in MODULES:
        yield from ((module.__name__, text) for text in _constants(module))
        yield from ((module.__name__, text) for text in _in_functions(module))
    yield replies.__name__, replies.WITHDRAWAL_NOTED
    for name, words in LISTS.items():
        yield from ((f"the list {name}", word.name.en) for word in words.values())
    yield from (("the list traits", trait.topic.en) for trait in TRAITS_BY_CODE.values())
    yield from ((facts.__name__, said) for said in facts.DATA.values())
    of_cards = (line for card in policies.load_states().values() for line in card.lines)
    yield from (("hours of a line", line.hours) for line in (*policies.load_lines(policy_packs()), *of_cards))
    yield from (("spelled out", text) for text in SPELLED)
    yield from (("service.languages", name) for name in _NAME_OF_CODE.values())
    yield from rules()
    for code, kind in PROBLEM_TYPES.items():
        yield f"title of the problem `{code}`", kind.title
    guide = read_guide()
    yield from (("the guide", guide[key]) for key in ("about", "checked"))
    for sector in guide["sectors"]:
        yield from (("the guide", text) for text in (sector["name"], *sector["see"], *sector["ask"]))


def spoken() -> Iterator[tuple[str, str]]:
    """Yield the kind and the text of all Spanish: of the catalogue, and what words of closed lists mean."""
    yield from ((kind, text) for kind, _, text in read_entries())
    yield from (("meaning", word.meaning.es) for words in LISTS.values() for word in words.values())


def rules() -> Iterator[tuple[str, str]]:
    """Yield what each rule of every pack says and asks for, and of the sample of a state's, with its file."""
    for file in sorted((ROOT / "policies").rglob("*.cedar")):
        if file.parent.name != "promises":
            for text in re.findall(r'^@(?:plain|asks)\("(.*)"\)$', file.read_text(encoding="utf-8"), re.MULTILINE):
                yield str(file.relative_to(ROOT)), text


def _constants(module: ModuleType) -> Iterator[str]:
    for name, value in vars(module).items():
        if name.lstrip("_").isupper():
            yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for one in value.values() for text in _texts(one))
    elif isinstance(value, tuple | list):
        yield from (text for one in value for text in _texts(one))


def _in_functions(module: ModuleType) -> Iterator[str]:
    """Yield texts of a module's functions that hold a blank or a slot, put together or not."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            body = ast.Module(function.body[1:] if ast.get_docstring(function) else function.body, [])
            put_together = [node for node in ast.walk(body) if isinstance(node, ast.JoinedStr)]
            within = {id(part) for node in put_together for part in ast.walk(node) if part is not node}
            for node in ast.walk(body):
                if isinstance(node, ast.JoinedStr) and id(node) not in within:
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
                    yield from [node.value] if " " in node.value else []


NEVER_SAID = {
    "asks why": r"\bpor qué\b",
    "is no `usted`": r"\b(tú|tu|tus|ti|te|contigo|tuy[oa]s?|vos|vosotr[oa]s|vuestr[oa]s?|os)\b"
    r"|\b(dile|dale|dime|dame|avísale|pregúntale|háblale|llámale)\b",
    "blames": r"\b(culpa\w*|culpable\w*|provoc\w+|mentir\w*|supuest[oa] víctima|prostitut\w+|ilegal(es)?"
    r"|drogadict\w+|adict[oa]s?|delincuente\w*|debió|debería haber|se dejó)\b",
    "leads": r"(¿no es cierto|¿verdad|¿no cree|¿no le|¿acaso|por su propio bien|¿está segur[oa])",
    "calls a no a failure": r"\b(se negó|se niega|rehus\w+|incumpl\w+|no cooper\w+|no quiso (firmar|hablar))\b",
}
"""What is never said to a person in Spanish, by what is wrong with it."""
NAMES = re.compile(
    r"National Center for Missing and Exploited Children|Basic Center|HIPAA|FERPA|VAWA|FVPSA|VOCA|NCMEC|NCIC|HHS|OVC"
    r"|Texas|Florida|Clery|LGBTQ|compelled-release-notice|Parte 2|GET /v1/\w+|POST /v1/\w+|`[^`]*`|\{\w+\}"
    r"|MO,TU,WE,TH,FR,SA,SU|\d[\d.,:/-]*|42 CFR Part 2|MOU|id\b"
)
"""What is as good as a short word to a reader: names, numbers, and what a program reads."""


def faults_in(text: str) -> list[str]:
    """Return what is wrong with a Spanish text, in words. Pure."""
    said = NAMES.sub("", text)
    return [wrong for wrong, pattern in NEVER_SAID.items() if re.search(pattern, said, re.IGNORECASE)]


def words_in(text: str) -> int:
    """Return how many words there are to measure."""
    return len(re.findall(r"[^\W\d_]+", NAMES.sub("", text)))


@cache
def ease(text: str) -> float:
    """Return the reading ease of a Spanish text by Fernández Huerta: 60 and more is plain; a clause as a sentence."""
    textstat.set_lang("es")
    try:
        said = re.sub(r"[;:](?=\s)", ".", NAMES.sub("uno", text))
        return float(textstat.fernandez_huerta(said))
    finally:
        textstat.set_lang("en_US")


def keys_given_twice() -> list[str]:
    """Return every key given twice by a mapping of the catalogue or the lists: YAML would keep the last alone."""
    found = []
    folders = (
        (ROOT / "service/wording/spanish", "*"),
        (ROOT / "service/vocabulary", "*"),
        (ROOT / "policies", "**/spanish"),
    )
    for file in sorted(file for folder, name in folders for file in folder.glob(f"{name}.yaml")):
        nodes: list[Any] = [yaml.compose(file.read_text(encoding="utf-8"))]
        for node in nodes:
            if isinstance(node, yaml.MappingNode):
                keys = [key.value for key, _ in node.value]
                found += [f"{file.relative_to(ROOT)}: {key}" for key in {*keys} if keys.count(key) > 1]
                nodes += [value for _, value in node.value]
    return found
