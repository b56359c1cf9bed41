"""The answers named by the sentence on a leading question: what the sentence cannot name is not searched."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from loaded import Loader, question_of
from oracle import tiny

import routing
from service.answers.use_cases.find_paths import answer_question
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


@pytest.mark.parametrize(
    ("needs", "beds", "baths", "values"),
    [
        ((BED,), COUNTIES, (), {*COUNTIES}),
        ((BED,), COUNTIES[:2], (), {*COUNTIES[:2]}),
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
    """Three answers that meet more of what presses fill it; it names those that it names with all time, in order."""
    directory = directory_with(loader, beds=beds, baths=baths)
    needs_asked = [*map(tiny.need, needs), tiny.need("food", "later", required=False)]
    question = question_of(tiny.profile(*needs_asked, client={"area": None}), directory)
    values_searched, search = set[routing.Value](), routing.FirstPaths._search

    def recording(first_paths: routing.FirstPaths, group: list[routing.Supposition]) -> None:
        values_searched.update(value for supposition in group for value in supposition.answer.values)
        search(first_paths, group)

    monkeypatch.setattr(routing.FirstPaths, "_search", recording)

    lead, whole = (
        answer_question(directory, question, parts=frozenset({"questions"}), is_expired=is_expired)["lead"]
        for is_expired in (lambda: True, routing.never)
    )

    assert lead["ask"] is not None
    assert whole["ask"] is not None
    assert values_searched == values
    assert str(whole["ask"]["would_change"]).startswith(str(lead["ask"]["would_change"]))
