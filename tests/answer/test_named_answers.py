"""The answers named by the sentence on a leading question: what the sentence cannot name is not searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from loaded import Loader, question_of
from oracle import tiny

import routing
from service.answers.document.answer_effects import FirstEffects
from service.answers.work.find_paths import answer_question
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

COUNTIES = ("ash", "elm", "fir", "oak")
BED, BATH = "emergency_shelter", "detox"


def directory_with(loader: Loader, *, beds: Sequence[str], baths: Sequence[str]) -> DirectorySnapshot:
    """Return a coalition in which houses of some counties have a bed, and those of some a detox."""
    agencies = [tiny.organization("hotline")]
    for county in COUNTIES:
        types = [BED] * (county in beds) + [BATH] * (county in baths)
        services = [
            tiny.service(f"{county}-{code.replace('_', '-')}", code, service_areas=[{"name": county}]) for code in types
        ]
        agencies.append(tiny.organization(f"{county}-house", *services))
    pantry = tiny.service("pantry-food", "food", service_areas=[{"name": "far"}])
    bundle = tiny.bundle(*agencies, tiny.organization("pantry", pantry), policy_packs=["federal", "coalition"])
    bundle["areas"] += [{"code": code, "name": code.title(), "within": "us-tx"} for code in (*COUNTIES, "far")]
    return loader.serve(bundle)[1]


def lead_of(
    directory: DirectorySnapshot, needs: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[str, set[routing.Value]]:
    """Return what the leading question would change, and the answers searched for that, without any time beside."""
    raw = tiny.profile(*map(tiny.need, needs), tiny.need("food", "later", required=False), client={"area": None})
    values_searched, first_paths = set[routing.Value](), routing.first_paths

    def counting(
        suppositions: Sequence[routing.Supposition],
    ) -> Iterator[tuple[routing.Supposition, routing.Path | None]]:
        values_searched.update(value for supposition in suppositions for value in supposition.answer.values)
        return first_paths(suppositions)

    with monkeypatch.context() as patch:
        patch.setattr(routing, "first_paths", counting)
        question = question_of(raw, directory)
        lead = answer_question(directory, question, parts=frozenset({"questions"}), out_of_time=lambda: True)["lead"]
    assert lead["ask"] is not None
    return str(lead["ask"]["would_change"]), values_searched


@pytest.mark.parametrize(
    ("needs", "beds", "baths", "values"),
    [
        ((BED,), COUNTIES, (), {*COUNTIES}),
        ((BED,), COUNTIES[:2], (), {*COUNTIES[:2], "far"}),
        ((BED, BATH), COUNTIES[:3], COUNTIES, {*COUNTIES[:3]}),
        ((BED, BATH), COUNTIES[:2], COUNTIES, {*COUNTIES}),
    ],
)
def test_an_answer_that_the_sentence_cannot_name_is_not_searched(
    loader: Loader,
    monkeypatch: pytest.MonkeyPatch,
    needs: Sequence[str],
    beds: Sequence[str],
    baths: Sequence[str],
    values: set[routing.Value],
) -> None:
    """Three changes that meet more of what presses fill it; as long as there are fewer, all others may be named."""
    directory = directory_with(loader, beds=beds, baths=baths)

    sentence, values_searched = lead_of(directory, needs, monkeypatch)

    assert values_searched == values
    monkeypatch.setattr(FirstEffects, "_may_be_named", lambda self, supposition: True)
    said_of_all, all_found = lead_of(directory, needs, monkeypatch)
    assert (sentence, all_found) == (said_of_all, {*beds, *baths, "far"})
