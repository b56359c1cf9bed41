"""The walk of one needs profile through the house: few rooms, downward, no two files that call each other both ways.

Walked for real: the demo's first profile is read and answered while every call from file to file is counted.
"""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from collections.abc import Callable
from types import CodeType, FrameType

import pytest
from fastapi import Request
from loaded import Loader
from rooms import ROOT, room_of, rooms

from service import demo
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.documents.document import parse_body
from service.i18n.translation import translation
from service.web.preferences import for_reader

MOST_ROOMS = 5
PLAIN = {"settings", "i18n", "vocabulary", "documents", "time_budget"}
"""Packages of values, sentences and parsing, which every other package uses."""
PORTS = {
    ("routing", "directory"): "the search asks the rules through `routing.ports`",
    ("documents", "answers"): "a body is judged by its own model",
}
"""Calls that lead up: a caller's own object, handed down and called back."""
PASSED_THROUGH = ("routing.cached_property",)
"""Decorators: a call through one is a call from whoever made it."""
TYPE_OF_SENTENCES = "policies.messages"
KINDS_OF_ARGUMENTS = {"service.i18n.times", "service.i18n.languages"}
WRITTEN_OUT = {"service.web.preferences", "service.i18n.translation"}
"""The last two of the four files that a sentence goes through."""
Calls = Counter[tuple[str, str]]


def module_of(code: CodeType) -> str:
    """Return the module of ours that a piece of code stands in; empty if it is another's."""
    inside = code.co_filename.startswith(f"{ROOT}/") and "/.venv/" not in code.co_filename
    name = code.co_filename.removeprefix(f"{ROOT}/").removesuffix(".py").replace("/", ".") if inside else ""
    return name if name.startswith(("service.", "routing.", "policies.")) and name not in PASSED_THROUGH else ""


def walked(work: Callable[[], object]) -> Calls:
    """Return how often each file of ours called each other one while `work` ran. Lazy parts are called where made."""
    calls: Calls = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call" or code.co_name == "<lambda>" or code.co_flags & inspect.CO_GENERATOR:
            return
        before, called = frame.f_back, module_of(code)
        while called and before is not None and not (caller := module_of(before.f_code)):
            before = before.f_back
        if called and before is not None and caller != called:
            calls[caller, called] += 1

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.fixture(scope="module")
def calls(loader: Loader) -> Calls:
    """The walk of a profile, from its body to its answer."""
    directory = loader.serve_demo()
    body = demo.profile_bytes("01-fifteen-at-2am")
    return walked(lambda: find_paths(directory, read_profile(body, parse=parse_body)))


def rooms_of(calls: Calls) -> set[tuple[str, str]]:
    """Return the steps from room to room."""
    steps = {(room_of(caller), room_of(other)) for caller, other in calls}
    return {(caller, other) for caller, other in steps if caller != other}


def both_ways(calls: Calls) -> list[tuple[str, str]]:
    """Return the pairs of files that called each other."""
    return sorted({(caller, other) for caller, other in calls if caller < other and (other, caller) in calls})


def test_a_profile_goes_through_few_rooms(calls: Calls, say: Callable[[str], None]) -> None:
    """If this fails: let an existing room do the work; the room of its operation is one of the five."""
    rooms = {room for step in rooms_of(calls) for room in step} - PLAIN
    say(
        f"walk of a profile: {len({file for pair in calls for file in pair})} files, {len(rooms)} rooms {sorted(rooms)}"
    )

    assert len(rooms) <= MOST_ROOMS


def test_a_profile_goes_downward(calls: Calls) -> None:
    """If this fails: hand the result down as an argument, or name the port and what it is for."""
    place = {room: index for index, room in enumerate(rooms())}

    assert {step for step in rooms_of(calls) if place[step[1]] < place[step[0]]} <= set(PORTS)


def test_no_two_files_call_each_other(calls: Calls, say: Callable[[str], None]) -> None:
    """If this fails: hand data down instead of a function, or move what both need into a third file."""
    pairs = both_ways(calls)
    say(f"walk of a profile: {len(pairs)} pairs of files that call both ways: {pairs}")

    called_back = {frozenset(port) for port in PORTS}
    assert [pair for pair in pairs if frozenset(map(room_of, pair)) not in called_back] == []


def test_a_sentence_goes_through_four_files(loader: Loader) -> None:
    """Decided, worded, taken to the reader, written out. If this fails: word it in `service/i18n`, hand it on whole.

    `policies.messages` is the type that all four hand on, and kinds of arguments have files of their own.
    """
    directory = loader.serve_demo()
    reader = Request({"type": "http", "headers": [(b"accept-language", b"es")]})
    answers: list[object] = []
    body = demo.profile_bytes("01-fifteen-at-2am")
    decided = walked(lambda: answers.append(find_paths(directory, read_profile(body))))
    translation("es")  # its catalogues are read and checked once, whatever is said
    written = walked(lambda: for_reader(reader, answers[0]))

    decided_or_worded = {room_of(caller) for caller, called in decided if called == TYPE_OF_SENTENCES}
    assert decided_or_worded <= {"answers", "i18n", "policies"}
    assert {file for pair in written for file in pair} - {TYPE_OF_SENTENCES, *KINDS_OF_ARGUMENTS} == WRITTEN_OUT


def test_a_breach_is_seen() -> None:
    """A pair that calls both ways, and a step up, are found in calls that hold them."""
    bent: Calls = Counter(
        {
            ("service.answers.builder.paths", "service.answers.builder.steps"): 1,
            ("service.answers.builder.steps", "service.answers.builder.paths"): 1,
        }
    )
    bent["policies.decide", "service.answers.builder.paths"] = 1

    assert both_ways(bent) == [("service.answers.builder.paths", "service.answers.builder.steps")]
    with pytest.raises(AssertionError):
        test_a_profile_goes_downward(bent)
