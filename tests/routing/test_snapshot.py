"""The snapshot: refused if records contradict each other, the same whatever their order, and never edited."""

from __future__ import annotations

import copy
import gc
import weakref
from dataclasses import FrozenInstanceError, fields, is_dataclass
from datetime import timedelta
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from builders import TODAY, agreement, area, client, directory, find, organization, profile, service, snapshot
from drawing import best_picture
from hypothesis import given
from hypothesis import strategies as st

import routing

RECORDS = (
    area("us-tx"),
    area("travis", within="us-tx"),
    organization("hotline"),
    organization("center", parent="hotline"),
    organization("clinic"),
    service("talk", "peer_support", at="center", languages=("en", "ES"), areas=("travis",), genders=("female",)),
    service("exam", "dental", at="clinic", only=("pregnant",), excludes=("runaway",), designated=True),
    service("meal", "food", at="clinic"),
    agreement("hotline", "clinic"),
    agreement("clinic", "center", mutual=False, level="cooperation"),
    agreement("clinic", "hotline", slug="draft", status="draft"),
)


def flat(value: Any) -> Any:
    """Return a value with its arrays as lists, so that two of them compare."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.tolist()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: flat(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: flat(item) for key, item in value.items()}
    return [flat(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ((organization("a"), organization("a")), "share an id: organization"),
        ((organization("a"), service("x", "food", at="a"), service("x", "food", at="a")), "share an id: service"),
        ((area("a"), area("a")), "share an id: area"),
        ((organization("a"), organization("b"), agreement("a", "b"), agreement("a", "b")), "share an id: agreement"),
        ((service("x", "food", at="a"),), "a service names an organization that is not here"),
        ((organization("a"), service("x", "food", at="a", areas=("b",))), "a service names an area that is not here"),
        ((organization("a"), agreement("a", "b")), "an agreement names an organization that is not here"),
        ((organization("a", parent="b"),), "loop is closed: organization"),
        ((organization("a", parent="a"),), "loop is closed: organization"),
        ((organization("a", parent="b"), organization("b", parent="a")), "loop is closed: organization"),
        ((area("a", within="b"),), "loop is closed: area"),
        ((area("a", within="b"), area("b", within="a")), "loop is closed: area"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_records_that_contradict_each_other_are_refused(records: tuple[Any, ...], words: str) -> None:
    """Twice the same id, a reference to nothing, a loop: no snapshot, and the error says which."""
    with pytest.raises(routing.DirectoryError, match=words):
        snapshot(*records)


def test_more_words_than_bits_are_refused() -> None:
    """Traits ride in 64 bits; a vocabulary beyond that is refused rather than cut."""
    names = [f"trait-{number}" for number in range(65)]

    snapshot(organization("a"), service("x", "food", at="a", only=names[:64]))
    with pytest.raises(routing.DirectoryError, match="more than 64"):
        snapshot(organization("a"), service("x", "food", at="a", only=names))


def test_sixty_four_traits_are_told_apart() -> None:
    """The last of 64 bits works like the first."""
    names = [f"trait-{trait_number:02}" for trait_number in range(64)]
    network = snapshot(
        organization("hotline"),
        organization("a"),
        *(
            service(f"s{trait_number:02}", f"type-{trait_number:02}", at="a", only=(name,))
            for trait_number, name in enumerate(names)
        ),
    )

    for trait_number in (0, 31, 32, 62, 63):
        traits = {name: place == trait_number for place, name in enumerate(names)}
        for type_number in (0, 31, 32, 62, 63):
            answer = find(network, profile(f"type-{type_number:02}", client=client(traits=traits)))
            assert bool(answer.paths) is (type_number == trait_number)


def test_an_origin_that_is_not_here_is_refused() -> None:
    """Whoever asks must be in the directory; the error names the field and nothing else."""
    with pytest.raises(routing.UnknownOrganization, match=r"^origin$"):
        find(snapshot(*RECORDS), profile("food", origin="nowhere"))


@given(st.permutations(RECORDS))
def test_the_order_of_records_never_matters(records: list[Any]) -> None:
    """Every order of the same records gives the equal snapshot, column for column."""
    assert flat(routing.build_snapshot(directory(*records))) == flat(routing.build_snapshot(directory(*RECORDS)))


def test_rows_follow_slugs() -> None:
    """Organizations and services stand in slug order, so that comparing indices compares slugs."""
    network = snapshot(*RECORDS)

    assert [record.slug for record in network.organizations] == ["center", "clinic", "hotline"]
    assert [record.slug for record in network.services] == ["exam", "meal", "talk"]
    assert network.organization("clinic") == organization("clinic")
    assert network.service("meal").organization == "clinic"
    assert network.postings["food"].tolist() == [1]


def test_only_binding_agreements_are_kept_by_pair_and_direction() -> None:
    """Drafts are left out, one-way agreements stand one way, and both parties of a mutual one find it."""
    network = snapshot(*RECORDS)
    index = network.organization_index

    in_force_by_pair = {pair: network.in_force(*pair, TODAY) for pair in permutations(index.values(), 2)}
    pairs = {pair: [a.slug for a in agreements] for pair, agreements in in_force_by_pair.items() if agreements}
    assert pairs == {
        (index["hotline"], index["clinic"]): ["mou-hotline-clinic"],
        (index["clinic"], index["hotline"]): ["mou-hotline-clinic"],
        (index["clinic"], index["center"]): ["mou-clinic-center"],
    }


def test_a_snapshot_cannot_be_edited() -> None:
    """Neither its fields nor its columns can be set: threads share it."""
    network = snapshot(*RECORDS)

    with pytest.raises(FrozenInstanceError):
        network.version = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        network.services[0].active = False  # type: ignore[misc]
    for array in arrays_of(network):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def arrays_of(value: Any) -> list[np.ndarray[Any, Any]]:
    if isinstance(value, np.ndarray):
        return [value]
    if is_dataclass(value):
        return [array for field in fields(value) for array in arrays_of(getattr(value, field.name))]
    return [array for item in value.values() for array in arrays_of(item)] if isinstance(value, dict) else []


def test_answering_leaves_a_snapshot_as_it_was() -> None:
    """A question changes nothing, and the second answer is the first."""
    network = snapshot(*RECORDS)
    before = copy.deepcopy(flat(network))

    first = find(network, profile("food", "peer_support"))

    assert find(network, profile("food", "peer_support")) == first
    assert flat(network) == before
    assert best_picture(first) is not None


def test_nobody_has_an_agreement_with_itself() -> None:
    """Parties of one agreement are partners of each other, not of themselves: it admits nobody at their own door."""
    directory = snapshot(organization("center"), organization("clinic"), agreement("center", "clinic"))
    center, clinic = (directory.organization_index[slug] for slug in ("center", "clinic"))

    assert directory.in_force(center, clinic, TODAY)
    assert directory.in_force(center, center, TODAY) == ()


def test_agreements_are_those_of_the_day_however_often_a_snapshot_is_asked() -> None:
    """One snapshot answers for any day; what it keeps of one day is not what it says of another."""
    ends = agreement("center", "clinic", effective=TODAY, expires=TODAY)
    directory = snapshot(organization("center"), organization("clinic"), ends)
    center, clinic = (directory.organization_index[slug] for slug in ("center", "clinic"))
    days = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]

    for _ in range(2):
        assert [bool(directory.in_force(center, clinic, day)) for day in days] == [False, True, False]
        assert [directory.ties.partners(center, day) for day in days] == [frozenset(), {clinic}, frozenset()]


def test_what_was_looked_up_goes_with_the_snapshot() -> None:
    """A directory that was replaced is let go at once, however large, and not when a collector comes round."""
    network = snapshot(*RECORDS)
    ties = weakref.ref(network.ties)
    assert network.in_force(0, 1, TODAY) is network.in_force(0, 1, TODAY)
    assert network.ties.referral(0) is network.ties.referral(0)

    gc.disable()
    del network

    is_gone = ties() is None
    gc.enable()
    assert is_gone
