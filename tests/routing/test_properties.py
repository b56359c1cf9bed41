"""What must hold of every answer, and of two answers to questions that differ in one respect; on seeded coalitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest
from changing import (
    relabelled,
    relabelled_answer,
    with_agreement,
    with_case,
    with_client,
    with_every_consent,
    with_organization,
    with_profile,
    with_services,
    without_organization,
)
from length import draws, enough
from loaded import Loader, Question, path_key
from oracle.instances import make_instance

import routing

TRAFFICKED = ("sex_trafficking", "labor_trafficking")
# Between them these hold each mode, a report and a gateway; in the first an unknown area makes it worse.
PINNED = (30_062, *range(30_048, 30_060))


@pytest.fixture(scope="module")
def questions(loader: Loader) -> list[Question]:
    """A few dozen coalitions with a question each, answered once for all tests."""
    pinned = [make_instance(seed, pinned=True) for seed in PINNED]
    return [loader.ask(*drawn) for drawn in (*pinned, *(make_instance(30_000 + n) for n in range(draws(47))))]


def organizations_used(answer: routing.Answer) -> set[str]:
    return {slug for path in answer.paths for step in path.steps for slug in (step.holder, step.organization)}


def providers(path: routing.Path) -> set[str]:
    return {step.organization for step in path.steps if step.covers}


def organizations_of(path: routing.Path) -> set[str]:
    return {step.organization for step in path.steps}


def test_the_questions_are_worth_asking(questions: list[Question]) -> None:
    """Among them are answers with several paths, gateways, each mode, added prerequisites and needs left open."""
    paths = [path for question in questions for path in question.answer.paths]
    steps = [step for path in paths for step in path.steps]

    assert enough(sum(len(question.answer.paths) > 1 for question in questions), 10)
    assert {step.mode for step in steps} == {"internal", "report", *routing.MODES}
    assert any(not step.covers for step in steps)
    assert any({kind for step in path.steps for kind in step.covers} - set(path.covers) for path in paths)
    assert any(path.uncovered for path in paths)


# -- of one answer -----------------------------------------------------------------------------------------


def test_a_total_is_the_sum_of_its_terms(questions: list[Question]) -> None:
    """Every term has a name of the list, in its order, and none is below nothing."""
    for question in questions:
        for path in question.answer.paths:
            names = [term.name for term in path.terms]

            assert path.total == sum(term.value for term in path.terms)
            assert names == [name for name in routing.TERMS if name in names]
            assert all(term.value > 0 for term in path.terms if term.name != "handoffs")


def test_paths_come_in_the_order_of_their_keys(questions: list[Question]) -> None:
    """Ranks count from one, and no path is better than the one before it."""
    for question in questions:
        keys = [path_key(path, question.profile) for path in question.answer.paths]

        assert [path.rank for path in question.answer.paths] == list(range(1, len(keys) + 1))
        assert keys == sorted(keys)


def test_each_path_does_without_someone_of_every_earlier_one(questions: list[Question]) -> None:
    """And leaves no more required needs open than the first."""
    for question in questions:
        for place, path in enumerate(question.answer.paths):
            for earlier in question.answer.paths[:place]:
                assert providers(earlier) - organizations_of(path)
            assert sum(path_key(path, question.profile)[0]) <= sum(
                path_key(question.answer.paths[0], question.profile)[0]
            )


def test_every_need_is_covered_or_open(questions: list[Question]) -> None:
    """Covers and uncovered share out the needs; what no path covers is explained once, and only that."""
    for question in questions:
        needs = [need.type for need in question.profile.needs]
        for path in question.answer.paths:
            assert path.covers
            assert sorted(path.covers + path.uncovered) == sorted(needs)
        everywhere = {kind for path in question.answer.paths for kind in path.covers}
        assert [entry.need for entry in question.answer.uncovered] == [kind for kind in needs if kind not in everywhere]


def test_nobody_is_sent_to_whom_they_refuse(questions: list[Question]) -> None:
    """No step of any path leads to an avoided organization, by name or by kind."""
    for question in questions:
        for slug in {step.organization for path in question.answer.paths for step in path.steps}:
            organization = question.snapshot.organization(slug)
            assert not {slug, organization.kind} & question.profile.avoid


def test_each_step_starts_where_the_client_is_or_at_the_origin(questions: list[Question]) -> None:
    """The holder is the origin or the organization of the step before, and never hands over to itself."""
    for question in questions:
        for path in question.answer.paths:
            last = question.profile.origin
            for step in path.steps:
                assert step.holder in (question.profile.origin, last)
                assert (step.holder == step.organization) is (step.mode == "internal")
                last = step.organization


def test_every_packet_is_permitted(questions: list[Question]) -> None:
    """All that a packet carries and reveals may go, under the agreement that the step names."""
    for question in questions:
        for step in (step for path in question.answer.paths for step in path.steps if step.mode == "packet"):
            transfers = [
                routing.Transfer(step.holder, step.organization, data, step.packet_agreement)
                for use in step.services
                for data in question.snapshot.packet_classes(question.snapshot.service(use.service), use.covers)
            ]

            assert question.sharing.may_send(transfers).all()


def test_a_smaller_limit_only_cuts_the_list(questions: list[Question]) -> None:
    """The first paths do not depend on how many are asked for."""
    for question in questions:
        whole = with_profile(question, limit=5).answer.paths

        for limit in (1, 2, 3):
            assert with_profile(question, limit=limit).answer.paths == whole[:limit]


# -- of two answers ----------------------------------------------------------------------------------------


def dispensable(question: Question) -> Iterator[str]:
    """Yield organizations that are on no path, nobody's parent, and do not decide which types have a provider."""
    parents = {organization.parent for organization in question.directory.organizations}
    for slug in sorted(
        set(question.snapshot.organization_index)
        - organizations_used(question.answer)
        - parents
        - {question.profile.origin}
    ):
        if without_organization(question, slug).snapshot.designated_types == question.snapshot.designated_types:
            yield slug


def test_an_organization_on_no_path_is_not_missed(questions: list[Question]) -> None:
    """Taken out of the directory, it leaves every path as it was."""
    removed = 0
    for question in questions:
        for slug in dispensable(question):
            assert without_organization(question, slug).answer.paths == question.answer.paths
            removed += 1

    assert enough(removed, 30)


@pytest.mark.parametrize("slug", ["aaa", "zzz"])
@pytest.mark.parametrize(
    "limits", [{"active": False}, {"minimum_age": 121}, {"only": frozenset({"disability"})}], ids=str
)
def test_one_who_cannot_help_changes_no_path(questions: list[Question], slug: str, limits: dict[str, object]) -> None:
    """An organization whose services do not take this client, first or last by name, is in nobody's way."""
    for question in questions[::2]:
        origin = question.profile.origin
        types = frozenset(need.type for need in question.profile.needs)
        service = routing.Service(f"{slug}-1", "All", slug, types, interpretation=True, **limits)

        assert with_organization(question, slug, origin, service).answer.paths == question.answer.paths


def test_labels_do_not_matter(questions: list[Question]) -> None:
    """Other ids in the same order give the same answer, up to those ids."""
    for question in questions:
        answer = relabelled(question, "z9-{}".format).answer

        assert relabelled_answer(answer, lambda label: label.removeprefix("z9-")) == question.answer


def test_more_consent_never_makes_it_worse(questions: list[Question]) -> None:
    """With a full release from everyone to everyone the best path is at least as good; sometimes it is better."""
    better = 0
    for question in questions:
        variant = with_every_consent(question)

        assert variant.best <= question.best
        better += variant.best < question.best

    assert enough(better, 0)


def test_no_consent_never_makes_it_better(questions: list[Question]) -> None:
    """With every consent gone the best path is at most as good."""
    for question in questions:
        assert with_case(question, consents=()).best >= question.best


def test_another_agreement_never_makes_it_worse(questions: list[Question]) -> None:
    """The closest agreement between any two leaves the best path at least as good.

    Except where a door asks for an agreement: one that admits the origin takes away the reason for a gateway.
    """
    better = 0
    for question in questions[::3]:
        asking = {
            service.organization for service in question.directory.services if "agreement" in service.accepts_from
        }
        for first, second in permutations(sorted(question.snapshot.organization_index), 2):
            if not {first, second} & asking:
                agreement = routing.Agreement("zz-new", (first, second), mutual=False, level="coalition")
                variant = with_agreement(question, agreement)

                assert variant.best <= question.best
                better += variant.best < question.best

    assert enough(better, 0)


def with_a_bed(question: Question, slug: str) -> Question:
    bed = routing.Capacity(1 + len(question.profile.client.companions), question.profile.at)

    def with_place(service: routing.Service) -> routing.Service:
        return replace(service, capacities=(*service.capacities, bed)) if service.slug == slug else service

    return with_services(question, with_place)


def test_another_free_bed_never_makes_it_worse(questions: list[Question]) -> None:
    """Places counted free this minute, for all who come along, leave the best path at least as good."""
    better = 0
    for question in questions[::2]:
        for slug in question.snapshot.service_index:
            variant = with_a_bed(question, slug)

            assert variant.best <= question.best
            better += variant.best < question.best

    assert enough(better, 0)


def ways_to_know_less(question: Question) -> Iterator[tuple[str, Question]]:
    """Yield the question with one fact less each time: what routing reads, and what the rules read."""
    client = question.profile.client
    nowhere = replace(
        question.directory,
        areas=tuple(replace(area, latitude=None, longitude=None) for area in question.directory.areas),
    )
    yield "age", with_case(with_client(question, age_min=None, age_max=None), age="unknown")
    yield "gender", with_client(question, gender=None)
    yield "area", with_client(question.but(directory=nowhere), area=None)
    yield "client_present", with_profile(question, client_present=None)
    yield "guardian", with_case(question, guardian=None)
    yield "may_sign_alone", with_case(question, may_sign_alone=None)
    yield "emancipated", with_case(question, emancipated=None)
    for trait in client.traits:
        yield trait, with_client(question, traits={**client.traits, trait: None})


def test_knowing_less_opens_only_what_the_agency_itself_will_ask(questions: list[Question]) -> None:
    """With a known fact unknown the best path is at most as good, but for traits that agencies refuse, and languages.

    A trait that is not known is as good as one that is not there, at most; where that is better than what was known,
    the path has it to confirm. Not to know of trafficking saves the price of a place that is not made for it.
    """
    worse, matters_to_confirm = set(), 0
    for question in questions[::2]:
        nearby = question.but(
            directory=replace(
                question.directory,
                areas=tuple(replace(area, latitude=None, longitude=None) for area in question.directory.areas),
            )
        )
        for fact, variant in ways_to_know_less(question):
            original = nearby if fact == "area" else question  # without an area there is no distance to pay for

            if fact in TRAFFICKED:
                continue
            if question.profile.client.traits.get(fact) and variant.best < original.best:
                absent = with_client(question, traits={**question.profile.client.traits, fact: False})
                assert variant.best >= absent.best, fact
                assert {f"client.traits.{fact}", None} & to_confirm(variant.answer.paths[0]), fact
                matters_to_confirm += 1
            else:
                assert variant.best >= original.best, fact
            worse |= {fact} if variant.best > original.best else set()

    assert enough({"client_present", "age", "area"} <= worse, 0)
    assert enough(matters_to_confirm, 0)


def to_confirm(path: routing.Path) -> set[str | None]:
    return {entry.attribute for step in path.steps for use in step.services for entry in use.confirm}


def test_languages_that_are_not_known_cost_nothing(questions: list[Question]) -> None:
    """Nobody has to confirm them, so that the best path is at least as good as for any languages."""
    better = 0
    for question in questions:
        variant = with_client(question, languages=None)

        assert variant.best <= question.best
        assert not variant.answer.paths or "client.languages" not in to_confirm(variant.answer.paths[0])
        better += variant.best < question.best

    assert enough(better, 5)
