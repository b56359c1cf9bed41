"""Whatever becomes of a good bundle, it is loaded whole or refused by place, and a refusal leaves no trace."""

from __future__ import annotations

import copy
from typing import Any
from weakref import WeakKeyDictionary

from bundle_builders import GOOD_YAML, bundle_bytes, good_bundle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from length import draws

from service.database.unit_of_work import UnitOfWork
from service.directory.store.repositories import CoalitionRepository
from service.directory.store.stored_directory import StoredDirectory
from service.directory.use_cases.load_bundle import load_bundle
from service.errors import BundleRefused, Problem

ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", " ", "2026-02-30", "2026-03-01T08:00:00", "PT", "24:00", "MO,,", "../x", "\x00", "anyone"]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
EXAMPLES = settings(max_examples=draws(150), suppress_health_check=[HealthCheck.function_scoped_fixture])


def places_in(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in inner for place in ((*at, key), *places_in(item, (*at, key)))]


PLACES = places_in(good_bundle())


def get(bundle: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        bundle = bundle[key]
    return bundle


@st.composite
def mutants(draw: st.DrawFn) -> Any:
    bundle = good_bundle()
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places_in(bundle) or [()]))
        if not place:
            break
        holder, key = get(bundle, place[:-1]), place[-1]
        match draw(st.sampled_from(["odd", "odd", "graft", "drop", "double", "rename"])):
            case "odd":
                holder[key] = draw(ODD_VALUES)
            case "graft":
                holder[key] = copy.deepcopy(get(good_bundle(), draw(st.sampled_from(PLACES))))
            case "drop":
                del holder[key]
            case "double" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case "rename" if isinstance(holder, dict):
                holder[draw(st.text(max_size=6))] = holder.pop(key)
    return bundle


def problems_of_loading(work: UnitOfWork, data: bytes) -> tuple[Problem, ...] | None:
    try:
        load_bundle(work, data, replace=True)
    except BundleRefused as refused:
        return refused.problems
    return None


GOOD: WeakKeyDictionary[UnitOfWork, StoredDirectory] = WeakKeyDictionary()  # what a store reads that holds just that


def check(work: UnitOfWork, data: bytes) -> None:
    if work not in GOOD:
        load_bundle(work, GOOD_YAML.encode(), replace=True)
        with work:
            GOOD[work] = CoalitionRepository(work).read_stored()
    before = GOOD[work]

    problems = problems_of_loading(work, data)

    with work:
        after = CoalitionRepository(work).read_stored()
    if problems is None:
        del GOOD[work]
        assert after.directory.version >= before.directory.version
    else:
        assert problems
        assert all(problem.path and problem.message for problem in problems)
        assert after == before


@EXAMPLES
@given(mutants())
def test_a_changed_bundle_is_loaded_or_refused_by_place(unit_of_work: UnitOfWork, bundle: Any) -> None:
    """A bundle with odd values, lost, doubled, grafted or renamed parts is loaded or refused, never a traceback."""
    check(unit_of_work, bundle_bytes(bundle))


@EXAMPLES
@given(st.data())
def test_a_damaged_file_is_loaded_or_refused_by_place(unit_of_work: UnitOfWork, data: st.DataObject) -> None:
    """A file with bytes changed, lost or put in is loaded or refused, never a traceback."""
    text = bytearray(GOOD_YAML.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        cut = data.draw(st.integers(0, 3))
        text[at : at + cut] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b"&a ", b"*a", b"!!", b": ", b"- ", b"\t"])
        )

    check(unit_of_work, bytes(text))
