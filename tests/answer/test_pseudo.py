"""Answers in a language that nobody speaks: whatever is still English was never to be translated, or was forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pseudo
import pytest
from answer.invented import draw_instance
from length import draws, sample
from loaded import Loader
from read_in_spanish import names_of, said_in
from rich.console import Console

from service import demo
from service.answers.printed import PrintedPage, print_answer
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.answers.use_cases.next_calls import next_calls
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.document import parse_document
from service.i18n.translation import read_in, use_catalogues
from service.vocabulary import SERVICE_TYPES

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
INSTANCES = draws(12)


@pytest.fixture(scope="module", autouse=True)
def language(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    use_catalogues(pseudo.write_pseudo(tmp_path_factory.mktemp("catalogues")))
    yield pseudo.CODE
    use_catalogues(None)


def own_words(directory: DirectorySnapshot) -> frozenset[str]:
    """Return the names of a directory and of its own words, as they stand."""
    own = (code.replace("_", " ") for code in directory.names.codes if code not in SERVICE_TYPES)
    names = names_of(directory) | OTHERS | frozenset(own) | {"American Sign Language"}
    return names | {name.upper() for name in names}  # titles are in capital letters


def answers(loader: Loader) -> Iterator[tuple[DirectorySnapshot, dict[str, Any]]]:
    for name in demo.COALITIONS:
        directory = loader.serve(parse_document(demo.coalition_bytes(name))[0])[1]
        for profile in sample(demo.profile_names(name)):
            yield directory, find_paths(directory, read_profile(demo.profile_bytes(profile, name)))
    for seed in range(INSTANCES):
        _, directory, raw, _ = draw_instance(loader, seed)
        yield directory, find_paths(directory, read_profile(json.dumps(raw).encode()))


def test_no_sentence_of_an_answer_is_english(loader: Loader, language: str) -> None:
    """Of the demos and of drawn coalitions: lead, calls, duties, notices, questions, reasons."""
    count = 0
    for directory, answer in answers(loader):
        sentences = [*said_in(read_in(language, [answer, next_calls(answer, {})]))]
        count += len(sentences)

        assert pseudo.not_translated("\n".join(sentences), own_parts(answer) | own_words(directory)) == []
    assert count > draws(1000)


def test_no_line_of_a_printed_answer_is_english(loader: Loader, language: str) -> None:
    """Headings, labels and the words between them; ids, laws, numbers and what agencies wrote stay as they are."""
    for directory, answer in answers(loader):
        out = StringIO()
        print_answer(PrintedPage(Console(file=out, width=80), language), answer, asked_at=AT, full=True)
        text = " ".join(out.getvalue().split())

        assert pseudo.not_translated(text, own_parts(answer) | own_words(directory)) == []


OTHERS = frozenset({"NVASC", "Department policy", "START", "coalition", "federal", "us-tx", "us-fl", "us-ca", "us-oh"})
"""Names of codes of ethics and of packs, and a word that is sent."""
OWN_KEYS = (
    "name",
    "id",
    "label",
    "contact",
    "hours",
    "authority",
    "decision_id",
    "policy_version",
    "rule",
    "phone",
    "slug",
    "key",
)


def own_parts(document: Any) -> frozenset[str]:
    """Return what stays as it is in every language: names, ids, laws, numbers and what agencies wrote."""
    if isinstance(document, list | tuple):
        return frozenset().union(*map(own_parts, document))
    if not isinstance(document, dict):
        return frozenset()
    own = (str(value) for key, value in document.items() if key in OWN_KEYS and isinstance(value, str) and value)
    return frozenset(part for text in own for part in (text, *text.split("; "))).union(
        *map(own_parts, document.values())
    )
