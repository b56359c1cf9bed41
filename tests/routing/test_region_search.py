"""Conditional paths looked for in no more than it takes: the same as in the whole graph of every region of worlds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
import pytest
from benchmarks import coalitions
from benchmarks.questions import draw_questions
from builders import NothingLeaves, agreement, area, beds, client, need, organization, profile, service, snapshot
from length import draws, enough
from loaded import Loader
from numpy.typing import NDArray
from oracle.instances import make_instance
from seeds import fresh

import policies
import routing
from routing.client.confirm import ADULT
from routing.client.scenario import Scenario
from routing.conditional import world_regions as regions
from routing.conditional.find_conditional import ConditionalPaths, find_conditional
from routing.costs import ASKS
from routing.handoffs.offers import ENDLESS, Scope
from routing.pruning import offer_filter as narrow
from routing.pruning.prerequisite_order import LEAST
from routing.ranking.alternatives import Without
from routing.ranking.search_paths import search_paths
from routing.search.best_path import Approach, Key
from routing.search.graph import HopGraph
from routing.search.ranked_path import RankedPath
from routing.search.tables import packed, points
from service.directory.snapshot.sharing import Sharing


def search_whole_graphs(patch: pytest.MonkeyPatch) -> list[RankedPath]:
    """Have the whole graph of every region searched, whatever it costs; return what is found there, bound by bound.

    Each path found in a whole graph is held against the offers that its own price leaves in.
    """
    paths_held: list[RankedPath] = []

    class WholeGraph(Without):
        def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
            for key_or_path in super().approach(excluded, most_open):
                if isinstance(key_or_path, RankedPath) and any(step.hop.conditional for step in key_or_path.steps):
                    self._hold(key_or_path)
                yield key_or_path

        def _hold(self, path: RankedPath) -> None:
            gateways = self.hop_graph.gateways
            all_offers = narrow.OfferFilter(gateways.hops.scenario)
            scope = scope_before(all_offers, gateways, points(path.value))
            if scope is not None and sum(all_offers.least_open) >= sum(path.open_required):
                offers_left = set(zip(scope.table.row.tolist(), scope.table.bit.tolist(), strict=True))
                offers = [offer for step in path.steps for offer in step.offers]
                assert {
                    (offer.service, offer.bit) for offer in offers if offer.bit < self.hop_graph.needs
                } <= offers_left
                paths_held.append(path)

    scope_before = regions.scope_of
    patch.setattr(regions, "scope_of", lambda *_: None)
    patch.setattr(regions, "Without", WholeGraph)
    return paths_held


def conditional_paths(scenario: Scenario, sharing: Sharing) -> ConditionalPaths:
    hop_graph, ranking = search_paths(scenario, sharing, with_sole_providers=False)
    first, limit = next(iter(ranking.ranked_paths), None), scenario.profile.limit
    return find_conditional(hop_graph.hops, first, sharing, limit=limit, is_expired=routing.never)


@pytest.mark.parametrize("seed", [54, 91, 231, 327, 400, 441])
def test_where_a_consent_makes_a_path_cheaper_it_is_found(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small coalitions, picked because what is asked for there is a consent, and nothing more is met with it."""
    with Loader() as loader:
        question = loader.ask(*make_instance(seed, pinned=True))
    scenario = Scenario(question.snapshot, question.profile)
    listing = conditional_paths(scenario, question.sharing)

    search_whole_graphs(monkeypatch)

    assert listing.paths
    assert conditional_paths(scenario, question.sharing) == listing


class NobodyAsks(NothingLeaves):
    """Rules under which nothing leaves, whatever anybody agrees to, and everybody may call."""

    worlds: ClassVar[int] = 1

    def age_bounds(self) -> tuple[int, ...]:
        return ()

    def could_send(self, transfers: Sequence[routing.Transfer], ages: routing.Ages) -> NDArray[np.bool_]:
        return self.as_agreed(transfers, ages)

    def as_agreed(self, transfers: Sequence[routing.Transfer], ages: routing.Ages) -> NDArray[np.bool_]:
        return np.array([[transfer == routing.CALL for transfer in transfers]] * self.worlds, dtype=np.bool_)

    def least(
        self, transfers: Sequence[routing.Transfer], ages: routing.Ages, *, age_is_listed: bool
    ) -> routing.TransferConditions | None:
        return None if {*transfers} - {routing.CALL} else routing.TransferConditions(ages, (), ())


class EverythingGoes(NobodyAsks):
    """Rules under which all data go."""

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        return np.ones(len(transfers), dtype=np.bool_)


class OneOfTwo(NobodyAsks):
    """Rules under which data go to `asha` and `cove` if a fact is true, to `bell` and `elm` if it is not."""

    by_world: ClassVar[dict[bool, set[str]]] = {True: {"asha", "cove"}, False: {"bell", "elm"}}
    worlds = 2

    def could_send(self, transfers: Sequence[routing.Transfer], ages: routing.Ages) -> NDArray[np.bool_]:
        receivers = ({*some, routing.CALL.recipient} for some in self.by_world.values())
        return np.array([[transfer.recipient in some for transfer in transfers] for some in receivers], dtype=np.bool_)

    def least(
        self, transfers: Sequence[routing.Transfer], ages: routing.Ages, *, age_is_listed: bool
    ) -> routing.TransferConditions | None:
        for value, receivers in self.by_world.items():
            if all(transfer.recipient in receivers for transfer in transfers):
                return routing.TransferConditions(ages, (routing.FactCondition("fact", (value,)),), ())
        return None


class ByAge(OneOfTwo):
    """Rules under which an adult's data go to `asha` and `cove`, a child's to `bell` and `elm`."""

    worlds = 1

    def age_bounds(self) -> tuple[int, ...]:
        return (ADULT,)

    def could_send(self, transfers: Sequence[routing.Transfer], ages: routing.Ages) -> NDArray[np.bool_]:
        return super().could_send(transfers, ages)[[int(ages[0] < ADULT)]]

    def least(
        self, transfers: Sequence[routing.Transfer], ages: routing.Ages, *, age_is_listed: bool
    ) -> routing.TransferConditions | None:
        conditions = super().least(transfers, ages, age_is_listed=age_is_listed)
        if conditions is None:
            return None
        (fact,) = conditions.facts
        return routing.TransferConditions((ADULT, ages[1]) if fact.values == (True,) else (ages[0], ADULT - 1), (), ())


@pytest.mark.parametrize(
    ("rules", "conditions"),
    [
        (OneOfTwo(), [routing.FactCondition("fact", (True,)), routing.FactCondition("fact", (False,))]),
        (ByAge(), [routing.FactCondition("client.age", "18-120"), routing.FactCondition("client.age", "0-17")]),
    ],
)
def test_what_goes_in_different_worlds_of_the_rules_is_on_no_path_together(
    rules: OneOfTwo, conditions: list[routing.FactCondition]
) -> None:
    """The cheapest of each need go in different worlds; the best path that one world allows has a dearer one.

    hotline --packet--> asha [food] ; bell [clothing] in no world; asha and cove in one, elm and bell in the other
    """
    by_packet = {"accepts": ("packet",), "intake_data": ("need",)}
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove", "elm")),
        service("soup", "food", at="asha", **by_packet),
        service("rice", "food", at="elm", **by_packet, response_time=timedelta(hours=30)),
        service("coat", "clothing", at="bell", **by_packet),
        service("hat", "clothing", at="cove", **by_packet, response_time=timedelta(hours=20)),
    )
    needs_profile = profile("food", "clothing", client=client(age=None))

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    routes = [
        (entry.path.rank, [step.organization for step in entry.path.steps], entry.conditions)
        for entry in answer.conditional_paths
    ]
    assert routes == [
        (1, ["asha", "cove"], (conditions[0],)),
        (2, ["elm", "bell"], (conditions[1],)),
    ]
    assert answer.conditional_complete


BY_PACKET: dict[str, Any] = {"accepts": ("packet",), "intake_data": ("need",)}
BY_PACKET_OR_CALL: dict[str, Any] = {"accepts": ("packet", "warm"), "intake_data": ("need",)}


class ByRecipient(NobodyAsks):
    """Rules under which data may go to a recipient in some worlds, under an agreement in some without a consent."""

    def __init__(self, worlds: int, could: dict[str, set[int]], agreed: dict[str, set[int]]) -> None:
        self.worlds, self._could, self._agreed = worlds, could, agreed  # type: ignore[misc]

    def could_send(self, transfers: Sequence[routing.Transfer], ages: routing.Ages) -> NDArray[np.bool_]:
        return self._table([self._could.get(transfer.recipient, range(self.worlds)) for transfer in transfers])

    def as_agreed(self, transfers: Sequence[routing.Transfer], ages: routing.Ages) -> NDArray[np.bool_]:
        return self._table([self._agreed.get(transfer.agreement or "", ()) for transfer in transfers])

    def _table(self, rows: Sequence[Any]) -> NDArray[np.bool_]:
        return np.array([[world in row for row in rows] for world in range(self.worlds)], dtype=np.bool_)

    def least(
        self, transfers: Sequence[routing.Transfer], ages: routing.Ages, *, age_is_listed: bool
    ) -> routing.TransferConditions | None:
        worlds = np.flatnonzero(self.could_send(transfers, ages).all(axis=1)).tolist()
        fact = routing.FactCondition("world", (str(worlds[0]),)) if worlds else None
        return fact and routing.TransferConditions(ages, (fact,), ())


def routes_of(answer: routing.Answer) -> list[list[tuple[str, str]]]:
    return [[(step.organization, step.mode) for step in entry.path.steps] for entry in answer.conditional_paths]


def test_of_three_transfers_each_two_of_which_go_in_a_world_no_path_has_all() -> None:
    """The bed goes in every world, each other need in two of three; the best path has the dearer counsel at `elm`.

    Who may come to `fir` divides the clients, and nothing on the path.
    """
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove", "dora", "elm", "fir")),
        service("bed", "emergency_shelter", at="dora", **BY_PACKET),
        service("soup", "food", at="asha", **BY_PACKET),
        service("coat", "clothing", at="bell", **BY_PACKET),
        service("counsel", "legal_civil", at="cove", **BY_PACKET),
        service("advice", "legal_civil", at="elm", **BY_PACKET, response_time=timedelta(hours=30)),
        service("men", "food", at="fir", genders=("male",), response_time=timedelta(days=9)),
        service("women", "food", at="fir", genders=("female",), minimum_age=40, response_time=timedelta(days=9)),
        service("elders", "food", at="fir", minimum_age=60, response_time=timedelta(days=9)),
    )
    rules = ByRecipient(3, {"asha": {0, 1}, "bell": {1, 2}, "cove": {0, 2}, "elm": {1}}, {})
    needs_profile = profile(
        *("emergency_shelter", "food", "clothing", "legal_civil"), client=client(age=None, gender=None), limit=1
    )

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    (entry,) = answer.conditional_paths
    assert {step.organization for step in entry.path.steps} == {"dora", "asha", "bell", "elm"}
    assert entry.conditions == (routing.FactCondition("world", ("1",)),)
    assert answer.conditional_complete


@pytest.mark.parametrize(
    ("needs", "could", "agreed"),
    [
        (["food", "clothing"], {"asha": {0}}, {"mou-mou": {0}}),  # where the soup goes, so does the coat
        (["food", "clothing"], {}, {"mou-mou": {0}, "mou-team": {1}}),  # the coat goes under one agreement or the other
        (["clothing"], {}, {"mou-mou": {0}, "mou-team": {1}}),
    ],
)
def test_no_call_is_asked_for_where_in_each_world_that_allows_the_path_a_packet_goes_without(
    needs: list[str], could: dict[str, set[int]], agreed: dict[str, set[int]]
) -> None:
    """The soup goes by packet once its world is known; to `bell`, which takes calls, it depends on the world."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell")),
        service("soup", "food", at="asha", **BY_PACKET),
        service("coat", "clothing", at="bell", accepts_from=("hotline",), **BY_PACKET_OR_CALL),
        *(agreement("hotline", "bell", slug=f"mou-{kind}", type=kind) for kind in ("mou", "team")),
    )
    rules = ByRecipient(2, could, agreed)
    needs_profile = profile(*needs, client_present=None)

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("asha", "packet"), ("bell", "packet")][-len(needs) :]]
    assert answer.conditional_paths[0].conditions == (routing.FactCondition("world", ("0",)),)
    assert answer.conditional_complete


def test_a_call_is_asked_for_where_it_is_needed_in_a_world_in_which_nobody_calls_alone() -> None:
    """In one world a packet may go to `bell`, in the other none; there the client may be given no number either."""
    network = snapshot(
        *map(organization, ("hotline", "bell")),
        service("coat", "clothing", at="bell", **BY_PACKET_OR_CALL),
        agreement("hotline", "bell"),
    )
    rules = ByRecipient(2, {routing.CALL.recipient: {1}}, {"mou-hotline-bell": {1}})

    answer = routing.find_paths(
        routing.Request(network, profile("clothing", client_present=None), rules=rules, asks=rules)
    )

    assert routes_of(answer) == [[("bell", "warm")]]
    assert answer.conditional_paths[0].conditions == (routing.FactCondition("facts.client_present", (True,)),)
    assert answer.conditional_complete


class OneWayEach(NobodyAsks):
    """Rules under which each world has one way to a service: a packet under an agreement, or a number (no name)."""

    def __init__(self, young: Sequence[str], older: Sequence[str]) -> None:
        self._young, self._older = young, older

    def age_bounds(self) -> tuple[int, ...]:
        return (13,)

    def as_agreed(self, transfers: Sequence[routing.Transfer], ages: routing.Ages) -> NDArray[np.bool_]:
        names = ["" if transfer == routing.CALL else transfer.agreement for transfer in transfers]
        ways = self._young if ages[0] < 13 else self._older
        return np.array([[name == way for name in names] for way in ways], dtype=np.bool_)


@pytest.mark.parametrize(
    ("age", "young", "older"),
    [
        (None, ["mou-mou", "mou-team"], ["", ""]),
        (12, ["mou-mou", "mou-team", "", ""], []),
    ],
)
def test_no_call_is_asked_for_where_each_client_has_another_way(
    age: int | None, young: list[str], older: list[str]
) -> None:
    """Whoever may be given no number comes by packet: no client needs a call, whatever it is that tells them apart."""
    network = snapshot(
        *map(organization, ("hotline", "bell")),
        service(
            *("coat", "clothing"),
            at="bell",
            accepts=("packet", "self", "warm"),
            intake_data=("need",),
            genders=("female",),
        ),
        *(agreement("hotline", "bell", slug=f"mou-{kind}", type=kind) for kind in ("mou", "team")),
    )
    rules = OneWayEach(young, older)
    someone, may_call = client(age=age, gender=None), age is None
    needs_profile = profile("clothing", client=someone, client_present=None, may_call=may_call)

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("bell", "self")]]
    assert answer.conditional_complete


def test_a_call_is_asked_for_where_it_is_needed_in_the_world_of_the_rest_of_a_path() -> None:
    """The soup goes in one world, the quick coat in the other, the slow hat in both; the bed is by a call alone."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove", "inn")),
        service("soup", "food", at="asha", **BY_PACKET),
        service("coat", "clothing", at="bell", **BY_PACKET),
        service("hat", "clothing", at="cove", **BY_PACKET, response_time=timedelta(days=1)),
        service("bed", "emergency_shelter", at="inn", accepts=("warm",)),
    )
    rules = ByRecipient(2, {"asha": {0}, "bell": {1}}, {})
    needs_profile = profile("food", "clothing", "emergency_shelter", client_present=None, limit=1)

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert [sorted(route) for route in routes_of(answer)] == [[("asha", "packet"), ("cove", "packet"), ("inn", "warm")]]
    assert answer.conditional_paths[0].conditions == (
        routing.FactCondition("facts.client_present", (True,)),
        routing.FactCondition("world", ("0",)),
    )
    assert answer.conditional_complete


def test_whoever_is_too_young_for_a_number_in_the_world_of_a_path_gets_none_there() -> None:
    """In the world in which the soup goes nobody may call `bell`; the coat is then to be had from `cove`, by packet."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove")),
        service("soup", "food", at="asha", **BY_PACKET),
        service("coat", "clothing", at="bell", accepts=("self",)),
        service("hat", "clothing", at="cove", **BY_PACKET, response_time=timedelta(days=2)),
    )
    rules = ByRecipient(2, {"asha": {0}, "cove": {0}, routing.CALL.recipient: {1}}, {})
    needs_profile = profile("food", "clothing")

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("asha", "packet"), ("cove", "packet")]]
    assert answer.conditional_paths[0].conditions == (routing.FactCondition("world", ("0",)),)
    assert answer.conditional_complete


class ByData(ByRecipient):
    """Rules under which a class of data may go in some worlds, whoever takes it."""

    def could_send(self, transfers: Sequence[routing.Transfer], ages: routing.Ages) -> NDArray[np.bool_]:
        return self._table([self._could.get(transfer.data, ()) for transfer in transfers])


def test_of_a_packet_every_class_of_data_goes_in_one_world() -> None:
    """`asha` asks for two classes, of which one goes in each world; `cove`, which is slow, asks for one of them."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "cove")),
        service("soup", "food", at="asha", accepts=("packet",), intake_data=("need", "identity")),
        service("rice", "food", at="cove", **BY_PACKET, response_time=timedelta(days=2)),
    )
    rules = ByData(2, {"need": {0}, "identity": {1}}, {})

    answer = routing.find_paths(routing.Request(network, profile("food"), rules=rules, asks=rules))

    assert routes_of(answer) == [[("cove", "packet")]]
    assert answer.conditional_complete


class ForAdults(NobodyAsks):
    """Rules under which an adult's data go as agreed, and a child's do not go at all."""

    def age_bounds(self) -> tuple[int, ...]:
        return (ADULT,)

    def as_agreed(self, transfers: Sequence[routing.Transfer], ages: routing.Ages) -> NDArray[np.bool_]:
        return np.array([[transfer == routing.CALL or ages[0] >= ADULT for transfer in transfers]], dtype=np.bool_)

    def least(
        self, transfers: Sequence[routing.Transfer], ages: routing.Ages, *, age_is_listed: bool
    ) -> routing.TransferConditions | None:
        return routing.TransferConditions((ADULT, ages[1]), (), ())


def test_a_call_is_asked_for_where_it_is_needed_at_some_age() -> None:
    network = snapshot(
        *map(organization, ("hotline", "bell")), service("coat", "clothing", at="bell", **BY_PACKET_OR_CALL)
    )
    needs_profile, rules = profile("clothing", client=client(age=None), client_present=None), ForAdults()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("bell", "warm")]]
    assert answer.conditional_paths[0].conditions == (routing.FactCondition("facts.client_present", (True,)),)
    assert answer.conditional_complete


class NeverEnough(ByRecipient):
    """Rules that contradict themselves: data could go, and nothing that may be asked for is enough."""

    def least(
        self, transfers: Sequence[routing.Transfer], ages: routing.Ages, *, age_is_listed: bool
    ) -> routing.TransferConditions | None:
        return None


@pytest.mark.parametrize("guess", [0, ENDLESS])
def test_where_the_rules_contradict_themselves_the_paths_are_not_complete(
    guess: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing is within a guess, and so nothing contradicts itself there."""
    monkeypatch.setattr(narrow.OfferFilter, "guess", guess)
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell")),
        service("soup", "food", at="asha", **BY_PACKET),
        service("coat", "clothing", at="bell", accepts=("warm",)),
    )
    rules = NeverEnough(1, {}, {})
    needs_profile = profile("food", "clothing", client_present=None)

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == []
    assert not answer.conditional_complete


def test_what_the_rules_contradict_for_some_clients_leaves_a_list_incomplete_whatever_comes_for_others() -> None:
    """Nothing is enough for the women's soup; of the men, who come after, coat and rice are for others."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove", "dora")),
        service("soup", "food", at="asha", **BY_PACKET, genders=("female",)),
        service("hat", "clothing", at="dora", genders=("female",), response_time=timedelta(days=1)),
        service("coat", "clothing", at="bell", genders=("male",), maximum_age=17),
        service("rice", "food", at="cove", genders=("male",), minimum_age=18, response_time=timedelta(days=3)),
    )
    rules = NeverEnough(1, {}, {})
    needs_profile = profile("food", "clothing", client=client(age=None, gender=None), limit=1)

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("bell", "warm")]]
    assert not answer.conditional_complete


def test_within_a_guess_nothing_is_taken_that_leaves_more_open_than_a_dearer_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Soup for women is cheaper than that of today; by a call together there is a bed as well, and that is better."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove")),
        service("soup", "food", at="asha", genders=("female",)),
        service("rice", "food", at="cove", response_time=timedelta(days=20)),
        service("bed", "emergency_shelter", at="bell", accepts=("warm",), response_time=timedelta(days=2)),
    )
    needs_profile = profile("food", "emergency_shelter", client=client(gender=None), client_present=None, limit=1)
    monkeypatch.setattr(narrow.OfferFilter, "guess", 400)
    rules = NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("bell", "warm"), ("asha", "warm")]]


def test_within_a_guess_nothing_is_taken_that_is_dearer_than_a_path_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best is within; then two quick agencies ask for a fact each, and a slow one, beyond, is cheaper with one."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove", "dora")),
        service("both", "food", "clothing", at="dora", genders=("female",)),
        service("soup", "food", at="asha", genders=("female",)),
        service("coat", "clothing", at="bell", only=("runaway",)),
        service("all", "food", "clothing", at="cove", genders=("female",), response_time=timedelta(hours=15)),
    )
    needs_profile = profile("food", "clothing", client=client(gender=None), limit=2)
    monkeypatch.setattr(narrow.OfferFilter, "guess", 300)
    rules = NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("dora", "warm")], [("cove", "warm")]]


@pytest.mark.parametrize("met_today", [True, False])
def test_a_list_that_ends_within_its_bound_is_searched_once(met_today: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is the price of today, and no guess; where nothing is met today, a guess that holds the list."""
    rice = service("rice", "food", at="cove", response_time=timedelta(days=2))
    network = snapshot(
        *map(organization, ("hotline", "asha", "cove")),
        service("soup", "food", at="asha", genders=("female",)),
        *([rice] if met_today else []),
    )
    needs_profile, rules = profile("food", client=client(gender=None), limit=3 if met_today else 1), NobodyAsks()
    request = routing.Request(network, needs_profile, rules=rules, asks=rules)
    answer = routing.find_paths(request)
    (entry,) = answer.conditional_paths
    build, bounds = regions.hop_graph_of, list[int]()

    def noting(*gateways: Any, scope: Scope, **rest: Any) -> HopGraph:
        bounds.append(scope.most)
        return build(*gateways, scope=scope, **rest)

    monkeypatch.setattr(regions, "hop_graph_of", noting)
    if not met_today:
        monkeypatch.setattr(narrow.OfferFilter, "guess", entry.path.total - ASKS)

    assert routing.find_paths(request).conditional_paths == (entry,)
    assert bounds == [answer.paths[0].total - 1 if met_today else entry.path.total]


class Silent(NobodyAsks):
    """Rules that are asked nothing of a world."""

    def age_bounds(self) -> tuple[int, ...]:
        raise AssertionError("asked")


def test_without_any_time_no_world_is_thought_of() -> None:
    network = snapshot(*map(organization, ("hotline", "asha")), service("soup", "food", at="asha"))
    scenario, rules = Scenario(network, profile("food")), Silent()
    hops = search_paths(scenario, rules, with_sole_providers=False)[0].hops

    listing = find_conditional(hops, None, rules, limit=1, is_expired=lambda: True)

    assert listing == ConditionalPaths((), complete=False)


def test_stopped_at_any_point_a_list_is_the_start_of_the_whole_and_not_complete() -> None:
    """Three paths are within a guess; a fourth is looked for beyond, and time that runs out there takes none away."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove")),
        *(service(f"soup-{slug}", "food", at=slug, genders=("female",)) for slug in ("asha", "bell", "cove")),
    )
    scenario, rules = Scenario(network, profile("food", client=client(gender=None))), NobodyAsks()
    hops = search_paths(scenario, rules, with_sole_providers=False)[0].hops

    def list_within(checks: int) -> ConditionalPaths:
        left = iter(range(checks))
        return find_conditional(hops, None, rules, limit=4, is_expired=lambda: next(left, None) is None)

    cut: list[ConditionalPaths] = []
    while not (listing := list_within(len(cut))).complete:
        cut.append(listing)

    whole = list_within(10**9)
    assert listing == whole
    lengths = [len(listing.paths) for listing in cut]
    assert all(listing.paths == whole.paths[: len(listing.paths)] for listing in cut)
    assert lengths == sorted(lengths)
    assert {*lengths} == {0, 1, 2, 3}


def test_where_the_worlds_are_too_many_a_list_is_not_complete_and_what_stays_unknown_opens_nothing() -> None:
    """Seven traits, each asked for by a service, divide the clients 128 ways; six divide the clients 64 ways."""
    traits = ("disability", "lgbtq", "on_probation", "parenting", "pregnant", "runaway", "substance_use")
    for number in (6, 7):
        *before, last = traits[:number]
        network = snapshot(
            *map(organization, ("hotline", "asha")),
            *(service(f"for-{trait}", "food", at="asha", only=(trait,)) for trait in before),
            service("coat", "clothing", at="asha", only=(last,)),
        )
        rules = NobodyAsks()

        answer = routing.find_paths(routing.Request(network, profile("food", "clothing"), rules=rules, asks=rules))

        (entry,) = answer.conditional_paths
        assert entry.path.covers == (("food", "clothing") if number == 6 else ("food",))
        assert answer.conditional_complete is (number == 6)


def test_where_the_areas_are_too_many_the_traits_stay_unknown_too() -> None:
    """Nobody is known to come to any of the services, nor to be no runaway; a packet for the coat asks nobody."""
    codes = [f"area-{number}" for number in range(65)]
    network = snapshot(
        *map(area, codes),
        *map(organization, ("hotline", "asha", "bell")),
        *(service(f"soup-{code}", "food", at="asha", areas=(code,)) for code in codes),
        service("coat", "clothing", at="bell", **BY_PACKET, excludes=("runaway",)),
    )
    needs_profile, rules = profile("food", "clothing", client=client(area=None)), EverythingGoes()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == []
    assert not answer.conditional_complete


def test_where_the_ages_are_too_many_paths_wait_for_the_rules_alone() -> None:
    """Each soup is from another age on, so that the age stays unknown; coat and advice go in different worlds."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove")),
        *(service(f"soup-{age}", "food", at="asha", minimum_age=age) for age in range(1, 66)),
        service("coat", "clothing", at="bell", **BY_PACKET),
        service("advice", "legal_civil", at="cove", **BY_PACKET, response_time=timedelta(days=1)),
    )
    rules = ByRecipient(2, {"bell": {0}, "cove": {1}}, {})
    needs_profile = profile("food", "clothing", "legal_civil", client=client(age=None))

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("bell", "packet")], [("cove", "packet")]]
    assert not answer.conditional_complete


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"genders": ("female",)}, {"genders": ("male",)}),
        ({"only": ("runaway",)}, {"excludes": ("runaway",)}),  # the second is open today, and asks
        ({"maximum_age": 17, "genders": ("female",)}, {"minimum_age": 18, "genders": ("female",)}),
    ],
)
def test_no_path_joins_what_no_client_may_have_both_of(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The quick soup and the quick coat are for different clients; the slow hat is for those who have the soup."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove")),
        service("soup", "food", at="asha", **one),
        service("coat", "clothing", at="bell", **other),
        service("hat", "clothing", at="cove", **one, response_time=timedelta(days=2)),
    )
    needs_profile, rules = profile("food", "clothing", client=client(age=None, gender=None), limit=1), NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("asha", "warm"), ("cove", "warm")]]
    assert answer.conditional_complete


def test_a_region_is_split_once_and_only_by_what_contradicts_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Soup and coat are for clients of different genders; soup is for those from 20 on, and a coat for any age."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove", "dora")),
        service("soup", "food", at="asha", genders=("female",), minimum_age=20),
        service("coat", "clothing", at="bell", genders=("male",)),
        service("hat", "clothing", at="cove", genders=("female",), response_time=timedelta(days=2)),
        service("rice", "food", at="dora", genders=("male",), response_time=timedelta(days=3)),
    )
    needs_profile, rules = profile("food", "clothing", client=client(age=None, gender=None), limit=2), NobodyAsks()
    build, graphs = regions.hop_graph_of, list[HopGraph]()

    def noting(*gateways: Any, **scope: Any) -> HopGraph:
        graphs.append(build(*gateways, **scope))
        return graphs[-1]

    monkeypatch.setattr(regions, "hop_graph_of", noting)
    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("asha", "warm"), ("cove", "warm")], [("dora", "warm"), ("bell", "warm")]]
    assert len(graphs) == 3


def test_of_three_services_each_two_of_which_take_some_client_no_path_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best path has two of the quick ones and a slow one, and a few regions are enough to find it."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove", "dora")),
        service("soup", "food", at="asha", genders=("female", "male")),
        service("coat", "clothing", at="bell", genders=("male", "nonbinary")),
        service("bed", "emergency_shelter", at="cove", genders=("female", "nonbinary")),
        service("cot", "emergency_shelter", at="dora", genders=("male",), response_time=timedelta(days=2)),
    )
    needs_profile = profile("food", "clothing", "emergency_shelter", client=client(gender=None), limit=1)
    rules, build, graphs = NobodyAsks(), regions.hop_graph_of, list[HopGraph]()

    def noting(*gateways: Any, **scope: Any) -> HopGraph:
        graphs.append(build(*gateways, **scope))
        assert len(graphs) <= 9
        return graphs[-1]

    monkeypatch.setattr(regions, "hop_graph_of", noting)
    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert [sorted(route) for route in routes_of(answer)] == [[("asha", "warm"), ("bell", "warm"), ("dora", "warm")]]
    assert answer.conditional_complete


def test_each_step_by_packet_names_the_traits_that_it_needs_to_be_false() -> None:
    """Nobody is spoken to by packet; so what either agency would ask on the line has to be known."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell")),
        service("soup", "food", at="asha", **BY_PACKET, excludes=("runaway",)),
        service("coat", "clothing", at="bell", **BY_PACKET, excludes=("pregnant",)),
    )
    rules = EverythingGoes()

    answer = routing.find_paths(routing.Request(network, profile("food", "clothing"), rules=rules, asks=rules))

    assert routes_of(answer) == [[("asha", "packet"), ("bell", "packet")]]
    assert answer.conditional_paths[0].conditions == (
        routing.FactCondition("client.traits.pregnant", (False,)),
        routing.FactCondition("client.traits.runaway", (False,)),
    )


def test_the_client_on_the_line_and_a_world_of_the_rules_are_conditions_of_one_path() -> None:
    """The soup goes by packet in the second world only; the coat is to be had by a call together, in any world."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell")),
        service("soup", "food", at="asha", **BY_PACKET),
        service("coat", "clothing", at="bell", accepts=("warm",)),
    )
    rules = ByRecipient(2, {"asha": {1}}, {})
    needs_profile = profile("food", "clothing", client_present=None)

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer)[0] == [("bell", "warm"), ("asha", "packet")]
    assert answer.conditional_paths[0].conditions == (
        routing.FactCondition("facts.client_present", (True,)),
        routing.FactCondition("world", ("1",)),
    )
    assert answer.conditional_complete


class AskedOnce(EverythingGoes):
    """Rules that note which transfers are asked about as things stand."""

    def __init__(self) -> None:
        self.questions = Counter[routing.Transfer]()

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        self.questions.update(transfers)
        return super().may_send(transfers)


def test_what_may_go_today_is_asked_once_whatever_the_worlds() -> None:
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell")),
        service("soup", "food", at="asha", **BY_PACKET, genders=("female",)),
        service("coat", "clothing", at="bell", **BY_PACKET, genders=("male",)),
    )
    rules = AskedOnce()
    needs_profile = profile("food", "clothing", client=client(gender=None))

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("asha", "packet")], [("bell", "packet")]]
    assert {*rules.questions.values()} == {1}


class UnderAnAgreement(NobodyAsks):
    """Rules under which data go under an agreement, and without one if a fact is true."""

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        return np.array([transfer.agreement is not None for transfer in transfers], dtype=np.bool_)

    def could_send(self, transfers: Sequence[routing.Transfer], ages: routing.Ages) -> NDArray[np.bool_]:
        return np.ones((1, len(transfers)), dtype=np.bool_)

    def least(
        self, transfers: Sequence[routing.Transfer], ages: routing.Ages, *, age_is_listed: bool
    ) -> routing.TransferConditions | None:
        return routing.TransferConditions(ages, (routing.FactCondition("fact", (True,)),), ())


def test_a_gateway_that_is_passed_today_is_passed_as_today() -> None:
    """To the gate a packet goes under an agreement; from the gate to the inn, which takes its clients only, on a fact.

    hotline --packet, agreement--> gate --packet, if the fact is true--> inn [shelter]
    """
    by_packet = {"accepts": ("packet",), "intake_data": ("need",)}
    network = snapshot(
        *map(organization, ("hotline", "gate", "inn")),
        service("talk", "peer_support", at="gate", **by_packet),
        service("bed", "emergency_shelter", at="inn", accepts_from=("gate",), **by_packet),
        agreement("hotline", "gate"),
    )
    rules = UnderAnAgreement()

    answer = routing.find_paths(routing.Request(network, profile("emergency_shelter"), rules=rules, asks=rules))

    (entry,) = answer.conditional_paths
    assert [(step.organization, step.packet_agreement) for step in entry.path.steps] == [
        ("gate", "mou-hotline-gate"),
        ("inn", None),
    ]
    assert {term.name: term.value for term in entry.path.terms}["asks"] == ASKS


def test_what_is_confirmed_on_the_line_today_is_confirmed_there_on_a_path_that_waits_for_another_fact() -> None:
    """A packet for soup would wait until it is known that they are no runaway; who calls for it is asked then."""
    soup = service("soup", "food", at="house", accepts=("self", "packet"), intake_data=("need",), excludes=("runaway",))
    bed = service("bed", "emergency_shelter", at="house", accepts=("self",), areas=("austin",))
    network = snapshot(area("austin"), *map(organization, ("hotline", "house")), soup, bed)
    needs_profile, rules = profile("food", "emergency_shelter", client=client(area=None)), NobodyAsks()

    (entry,) = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules)).conditional_paths

    (step,) = entry.path.steps
    assert (step.mode, [use.service for use in step.services]) == ("self", ["bed", "soup"])
    assert [[matter.attribute for matter in use.confirm] for use in step.services] == [[], ["client.traits.runaway"]]
    assert entry.conditions == (routing.FactCondition("client.area", ("austin",)),)


def test_nobody_confirms_by_packet_what_the_path_waits_for() -> None:
    """Soup by packet alone, and not for runaways: once the trait is known to be false, nothing is left to ask."""
    soup = service("soup", "food", at="asha", excludes=("runaway",), **BY_PACKET)
    network, rules = snapshot(organization("hotline"), organization("asha"), soup), OneOfTwo()

    (entry,) = routing.find_paths(routing.Request(network, profile("food"), rules=rules, asks=rules)).conditional_paths

    (step,) = entry.path.steps
    assert (step.mode, [use.confirm for use in step.services]) == ("packet", [()])
    assert routing.FactCondition("client.traits.runaway", (False,)) in entry.conditions


def test_where_a_need_has_services_that_nobody_can_come_to_a_path_leaves_it_open() -> None:
    """Soup for women is cheaper than that of today; the bed is for clients of an agency that offers nothing."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove", "dora")),
        service("soup", "food", at="asha", genders=("female",)),
        service("rice", "food", at="cove", response_time=timedelta(days=20)),
        service("bed", "emergency_shelter", at="bell", accepts_from=("dora",)),
    )
    needs_profile, rules = profile("food", "emergency_shelter", client=client(gender=None)), NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("asha", "warm")]]


def test_an_alternative_may_leave_a_more_urgent_need_open_than_the_bound_of_its_region() -> None:
    """The soup is for boys, the cap for men, the coat for women; without the soup, the food is open for everybody."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove", "dora", "elm")),
        service("soup", "food", at="asha", genders=("male",), maximum_age=17),
        service("coat", "clothing", at="bell", genders=("female",)),
        service("cap", "clothing", at="cove", genders=("male",), minimum_age=18, response_time=timedelta(days=2)),
        service("bed", "emergency_shelter", at="dora", genders=("male",)),
        service("cot", "emergency_shelter", at="elm", genders=("female",), response_time=timedelta(days=3)),
    )
    needs = need("food", "now"), need("clothing", "today"), need("emergency_shelter", "today")
    needs_profile, rules = profile(*needs, client=client(age=None, gender=None), limit=2), NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    routes = [{organization for organization, _ in route} for route in routes_of(answer)]
    assert routes == [{"asha", "dora"}, {"cove", "dora"}]


def test_no_hop_is_built_to_what_can_come_in_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bed asks for an assessment, the only assessment for a bed; soup for women is the only path, at any cost."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "cove")),
        service("soup", "food", at="asha", genders=("female",)),
        service("bed", "emergency_shelter", at="bell", requires=("intake_assessment",)),
        service("talk", "intake_assessment", at="cove", requires=("emergency_shelter",)),
    )
    needs_profile, rules = profile("food", "emergency_shelter", client=client(gender=None)), NobodyAsks()
    build, hosts = regions.hop_graph_of, set[str]()

    def noting(*gateways: Any, **scope: Any) -> HopGraph:
        hop_graph = build(*gateways, **scope)
        hosts.update(network.organizations[port.organization].slug for port in hop_graph.ports)
        return hop_graph

    monkeypatch.setattr(regions, "hop_graph_of", noting)
    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("asha", "warm")]]
    assert hosts == {"asha"}


@pytest.mark.parametrize(
    ("services", "steps"),
    [
        (  # what is to be had only by a call comes first in turn
            (
                service("mid", "intake_assessment", at="c", requires=("legal",)),
                service("first", "legal", at="d", accepts=("warm",)),
            ),
            ["d", "c", "b"],
        ),
        (  # it is the way in to what comes first
            (
                service("mid", "intake_assessment", at="c", accepts_from=("d",)),
                service("talk", "legal", at="d", accepts=("warm",)),
            ),
            ["d", "c", "b"],
        ),
    ],
)
def test_the_client_on_the_line_may_open_what_comes_first(
    services: tuple[routing.Service, ...], steps: list[str]
) -> None:
    quick = service("quick", "food", at="b", requires=("intake_assessment",))
    slow = service("slow", "food", at="a", response_time=timedelta(hours=200))
    network = snapshot(*map(organization, ("hotline", "a", "b", "c", "d")), quick, slow, *services)
    needs_profile, rules = profile(need("food", "today"), client_present=None), NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert [[step.organization for step in path.steps] for path in answer.paths] == [["a"]]
    assert [[step.organization for step in entry.path.steps] for entry in answer.conditional_paths] == [steps]


@pytest.mark.parametrize(
    ("ages", "fits", "condition"),
    [
        (
            (16, 17),
            {"minimum_age": 12, "maximum_age": 15},
            routing.FactCondition("client.age", "12-15"),
        ),  # no age would open both
        ((12, 15), {"genders": ("female",)}, routing.FactCondition("client.gender", ("female",))),
    ],
)
def test_who_is_reported_to_is_no_condition(
    ages: tuple[int, int], fits: dict[str, Any], condition: routing.FactCondition
) -> None:
    """A report is made whatever the age is, so a path with one waits only for what its other steps wait for."""
    network = snapshot(
        *map(organization, ("hotline", "line", "kitchen")),
        service("report", "child_protection_report", at="line", minimum_age=ages[0], maximum_age=ages[1]),
        service("meal", "food", at="kitchen", **fits),
    )
    report = routing.CertainReport("child_protection_report", frozenset({"line"}))
    needs_profile = profile("child_protection_report", "food", client=client(age_min=10, age_max=17, gender=None))
    needs_profile, rules = routing.with_reports(needs_profile, [report]), NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert [[step.mode for step in path.steps] for path in answer.paths] == [["report"]]
    (entry,) = answer.conditional_paths
    assert [step.mode for step in entry.path.steps] == ["report", "warm"]
    assert entry.conditions == (condition,)
    assert answer.conditional_complete


def test_a_report_of_what_takes_no_child_with_an_adult_waits_for_no_adult() -> None:
    """Who comes along is no matter of a report, so a path with one waits for the gender that the kitchen asks for."""
    network = snapshot(
        *map(organization, ("hotline", "line", "kitchen")),
        service("bed", "emergency_shelter", at="line", genders=("female",), capacities=(beds(2),)),
        service("meal", "food", at="kitchen", genders=("female",)),
    )
    someone = client(
        age_min=16, age_max=40, gender=None, companions=(routing.Companion(age_min=30, age_max=30, gender="male"),)
    )
    report = routing.CertainReport("emergency_shelter", frozenset({"line"}))
    needs_profile = routing.with_reports(profile("emergency_shelter", "food", client=someone), [report])
    rules = NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    (entry,) = answer.conditional_paths
    assert [step.mode for step in entry.path.steps] == ["report", "warm"]
    assert entry.conditions == (routing.FactCondition("client.gender", ("female",)),)


@pytest.mark.parametrize(
    ("ages", "routes"),
    [
        ((16, 40), [[("cove", "warm"), ("inn", "warm")], [("asha", "warm"), ("dora", "warm")]]),
        ((12, 17), [[("asha", "warm"), ("dora", "warm")]]),
    ],
)
def test_what_takes_no_child_with_an_adult_is_on_no_path_of_a_child(
    ages: tuple[int, int], routes: list[list[tuple[str, str]]]
) -> None:
    """The quick soup is for children, the quick bed for adults with their husbands; the others are slow and for all."""
    network = snapshot(
        *map(organization, ("hotline", "asha", "cove", "dora", "inn")),
        service("soup", "food", at="asha", genders=("female",), maximum_age=17),
        service("rice", "food", at="cove", response_time=timedelta(days=2)),
        service("bed", "emergency_shelter", at="inn", genders=("female",), capacities=(beds(2),)),
        service(
            *("cot", "emergency_shelter"),
            at="dora",
            companions=True,
            capacities=(beds(2),),
            response_time=timedelta(days=3),
        ),
    )
    husband = routing.Companion(age_min=30, age_max=30, gender="male")
    someone = client(age_min=ages[0], age_max=ages[1], gender=None, companions=(husband,))
    needs_profile, rules = profile("food", "emergency_shelter", client=someone), NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert [sorted(route) for route in routes_of(answer)] == routes
    assert answer.conditional_complete


def test_a_report_is_on_no_path_with_what_is_for_another_place() -> None:
    """The line takes reports from Travis County, where the slow meal is; the quick one is for Hays County."""
    network = snapshot(
        area("hays"),
        *map(organization, ("hotline", "line", "kitchen", "stall")),
        service("report", "child_protection_report", at="line", areas=("travis",)),
        service("meal", "food", at="kitchen", areas=("hays",)),
        service("snack", "food", at="stall", areas=("travis",), response_time=timedelta(days=2)),
    )
    report = routing.CertainReport("child_protection_report", frozenset({"line"}))
    needs_profile = profile("child_protection_report", "food", client=client(age=15, area=None), limit=1)
    needs_profile, rules = routing.with_reports(needs_profile, [report]), NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    assert routes_of(answer) == [[("line", "report"), ("stall", "warm")]]
    assert answer.conditional_complete


def test_a_report_waits_for_where_the_client_is_and_for_nothing_that_its_receiver_refuses() -> None:
    """The child's area says who takes the report; whom the line takes as clients is no matter of a report."""
    network = snapshot(
        *map(organization, ("hotline", "kitchen")),
        organization("line", basis="systems", kind="child_welfare", regimes=frozenset()),
        service("report", "child_protection_report", at="line", areas=("travis",), excludes=("substance_use",)),
        service("meal", "food", at="kitchen"),
    )
    report = routing.CertainReport("child_protection_report", frozenset({"line"}))
    needs_profile = profile("child_protection_report", "food", client=client(age=15, area=None))
    needs_profile, rules = routing.with_reports(needs_profile, [report]), NobodyAsks()

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=rules, asks=rules))

    (entry,) = answer.conditional_paths
    assert [step.mode for step in entry.path.steps] == ["report", "warm"]
    assert entry.conditions == (routing.FactCondition("client.area", ("travis",)),)


@pytest.mark.parametrize("seed", range(4))
def test_what_would_open_a_path_is_the_same_in_the_whole_graph(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On invented coalitions too big to try worlds one by one: the same paths, in the same order and conditions."""
    rulebook = policies.load_rulebook(("federal", "us-tx", "coalition"))
    bounded = 0
    for number in range(4):
        coalition = coalitions.serve(120, 60 + 4 * seed + number)
        snapshot, directory = coalition.snapshot, coalition.policy
        for question in draw_questions(coalition.snapshot, draws(15), seed=fresh(seed), needs=1 + seed % 2):
            client = replace(question.profile.client, gender=None, traits={}, languages=("en",))
            profile = replace(question.profile, client=client, limit=3)
            sharing = Sharing(rulebook, directory, question.case)

            listing = conditional_paths(Scenario(snapshot, profile), sharing)

            with monkeypatch.context() as patch:
                paths_held = search_whole_graphs(patch)
                assert conditional_paths(Scenario(snapshot, profile), sharing) == listing
                bounded += len(paths_held)
    assert enough(bounded, 3)


def open_by_urgency(profile: routing.Profile, path: routing.Path) -> tuple[int, ...]:
    """Return how many required needs a path leaves open, by urgency."""
    urgencies = [need.urgency for need in profile.needs if need.required and need.type not in path.covers]
    return tuple(urgencies.count(urgency) for urgency in routing.URGENCIES)


class RisingKeys(Without):
    """Notes after which keys somebody had it go on, and holds that these rise to the key of what is found."""

    went_on: ClassVar[list[Key]] = []

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        keys = [LEAST]
        for key_or_path in super().approach(excluded, most_open):
            if isinstance(key_or_path, tuple):
                assert key_or_path > keys[-1]
                keys.append(key_or_path)
            elif key_or_path is not None:
                assert key_or_path.key[:2] >= keys[-1]
            yield key_or_path
            RisingKeys.went_on.append(keys[-1])


def test_nothing_is_looked_for_that_is_dearer_than_the_last_of_a_full_list(monkeypatch: pytest.MonkeyPatch) -> None:
    rulebook, coalition = policies.load_rulebook(("federal", "us-tx", "coalition")), coalitions.serve(120, 60)
    snapshot, directory, full = coalition.snapshot, coalition.policy, 0
    monkeypatch.setattr(regions, "Without", RisingKeys)
    for question in draw_questions(coalition.snapshot, draws(120), seed=fresh(3)):
        RisingKeys.went_on.clear()
        profile = replace(question.profile, limit=2)
        listing = conditional_paths(Scenario(snapshot, profile), Sharing(rulebook, directory, question.case))

        paths = [entry.path for entry in listing.paths]
        if len(paths) == profile.limit:
            full += 1
            handoffs = sum(step.mode != "internal" for step in paths[-1].steps)
            assert max(RisingKeys.went_on) <= (open_by_urgency(profile, paths[-1]), packed(paths[-1].total, handoffs))
    assert enough(full, 3)


def test_in_small_coalitions_closer_bounds_leave_in_what_would_open_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """On small coalitions with every feature; there the bounds would not pay, and are worked out all the same."""
    monkeypatch.setattr(narrow, "VERY_FEW", 0)
    with_paths = 0
    with Loader() as loader:
        for seed in range(67_000, 67_000 + draws(80)):
            question = loader.ask(*make_instance(seed))
            scenario = Scenario(question.snapshot, question.profile)
            listing = conditional_paths(scenario, question.sharing)
            with_paths += bool(listing.paths)

            with monkeypatch.context() as patch:
                search_whole_graphs(patch)
                assert conditional_paths(scenario, question.sharing) == listing
    assert enough(with_paths, 10)


def test_where_today_leaves_a_need_open_a_guess_bounds_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """No price of today's bounds the ten best paths that would meet it: the same list, from a fraction of the ports."""
    directory, build, ports, lists = coalitions.serve(shape=coalitions.AWKWARD), regions.hop_graph_of, list[int](), []
    (question,) = draw_questions(directory.snapshot, 1, most=3)
    profile = replace(question.profile, limit=10)

    def counting(*gateways: Any, **scope: Any) -> HopGraph:
        hop_graph = build(*gateways, **scope)
        ports[-1] += len(hop_graph.ports)
        return hop_graph

    monkeypatch.setattr(regions, "hop_graph_of", counting)
    for guess in (narrow.OfferFilter.guess, ENDLESS):
        ports.append(0)
        monkeypatch.setattr(narrow.OfferFilter, "guess", guess)
        sharing = Sharing(directory.rulebook, directory.policy, question.case)
        lists.append(conditional_paths(Scenario(directory.snapshot, profile), sharing))

    assert len(lists[0].paths) == profile.limit
    assert lists[0].paths == lists[1].paths
    assert ports[0] * 3 < ports[1]
