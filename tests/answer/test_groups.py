"""Several people at once, worked out by hand: a raid of eight, a farm of twelve, and the places that nobody may count.

In a drawing, `a a b -> harbor` are the people of keys a and b whose call goes to harbor, and `-` nobody's.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from loaded import Loader
from loop_builders import agency, coalition, service
from read_in_spanish import not_in_spanish
from rich.console import Console
from sheets import not_shown

from service.answers.printed import PrintedPage, print_group
from service.answers.profile import read_group
from service.answers.use_cases.find_group_paths import find_group_paths
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.errors import ProfileRefused
from service.i18n import group

AT = "2026-03-02T02:00:00-06:00"
BED = {"type": "emergency_shelter", "urgency": "now"}
LEGAL_HELP = {"type": "legal_immigration", "urgency": "this_week", "required": False}
HOTLINE, HARBOR, BRIDGE, PIER, LAW = "hotline", "harbor", "bridge", "pier", "law"


def beds(slug: str, count: int | None, *, youngest: int | None = None, **terms: Any) -> dict[str, Any]:
    shelter = service(slug, "emergency_shelter", **terms) | ({} if youngest is None else {"minimum_age": youngest})
    return shelter | {"capacities": [{"unit": "bed", "available": count, "maximum": 20, "updated": AT}]}


def night(*houses: dict[str, Any]) -> DirectorySnapshot:
    """A hotline, houses, and legal help that is near and far alike."""
    bundle = coalition()
    bundle["organizations"] = [
        agency(HOTLINE, [service("line", "crisis_hotline")]),
        *houses,
        agency(LAW, [service("papers", "legal_immigration")], regimes=["attorney"]),
    ]
    bundle["agreements"] = []
    with Loader() as loader:
        return loader.serve(bundle)[1]


def people(key: str, count: int = 1, *needs: dict[str, Any], along: int = 0, **more: Any) -> dict[str, Any]:
    client = {"age": 30, "gender": "female", "languages": ["en"], **more.pop("client", {})}
    if along:
        client["with"] = [{"age": 5, "gender": "male"}] * along
    facts = {"client_present": True, "danger": "none"}
    return {"key": key, "count": count, "client": client, "needs": [*(needs or (BED,))], "facts": facts, **more}


def ask(directory: DirectorySnapshot, *clients: dict[str, Any], **more: Any) -> dict[str, Any]:
    document = {"origin": HOTLINE, "at": AT, "clients": list(clients), **more}
    return find_group_paths(directory, read_group(json.dumps(document).encode()), now=datetime.now(UTC))


def picture(answer: dict[str, Any], need: str = "emergency_shelter") -> list[str]:
    """Draw who stays where, in the order of calls, and last whom nobody takes."""
    lines = []
    for call in answer["calls"]:
        staying = [entry for entry in call["for"] if need in entry["covers"]]
        keys = " ".join(entry["key"] for entry in staying for _ in range(entry["count"]))
        lines += [f"{keys} -> {call['to']['slug']}"] if keys else []
    unplaced = [
        client["key"]
        for client in answer["clients"]
        for chosen in client["chosen"]
        if chosen["path"] is None or need not in chosen["path"]["covers"]
        for _ in range(chosen["count"])
    ]
    return [*lines, *([f"{' '.join(unplaced)} -> -"] if unplaced else [])]


def notices(answer: dict[str, Any]) -> list[str]:
    return [notice["id"] for notice in answer["notices"]]


# -- a raid of eight -------------------------------------------------------------------------------------------


RAID = (
    agency(HARBOR, [beds("harbor-beds", 3, companions=True, response_time="PT1H")]),
    agency(BRIDGE, [beds("bridge-beds", 5, youngest=18, companions=False, response_time="PT24H")]),
)


def test_a_raid_of_eight_at_two_houses_with_eight_beds() -> None:
    """All would rather go to the harbor; the mother can go nowhere else, so the others leave it to her.

    Three who speak Spanish, two who speak English, and a mother with two children who stay with her:

        a a a  b b  c+2        harbor, soon: 3 beds, takes all;  bridge, tomorrow: 5 beds, from 18 on
    """
    spanish = people("a", 3, client={"languages": ["es"]})
    answer = ask(night(*RAID), spanish, people("b", 2), people("c", along=2))

    assert picture(answer) == ["a a a b b -> bridge", "c -> harbor"]
    assert answer["complete"]
    assert {call["plain"].split(".")[0] for call in answer["calls"]} == {
        "Ask Bridge for 5 people", "Ask Harbor for 3 people",
    }  # fmt: skip
    assert [call["confirm"] for call in answer["calls"]] == [[], []]


def test_a_raid_of_eight_with_six_beds_leaves_the_fewest_needs_open() -> None:
    """Each bed is promised once, and for whom none is left hears that they are full; lines to call stand there."""
    houses = RAID[0], agency(BRIDGE, [beds("bridge-beds", 3, youngest=18, companions=False, response_time="PT24H")])
    answer = ask(night(*houses), people("a", 4), people("b", 3), people("c"))

    assert picture(answer) == ["a b b -> bridge", "a a a -> harbor", "b c -> -"]
    open_needs = {
        client["key"]: [
            (entry["need"], [reason["code"] for reason in entry["reasons"]]) for entry in client["uncovered"]
        ]
        for client in answer["clients"]
    }
    full = [("emergency_shelter", ["full"])]
    assert open_needs == {"a": [], "b": full, "c": full}
    assert answer["fallback_lines"]


def test_what_keeps_each_safe_comes_before_all_else_but_danger() -> None:
    """Alone, with an interpreter of their own, asked before they share a house; the rest of the notices follow."""
    answer = ask(night(*RAID), people("a", client={"languages": ["es"]}), people("b"))

    assert notices(answer)[:4] == ["safe-to-talk", "one-at-a-time", "safe-together", "interpreter-for-each"]
    assert "nobody-by-name" in notices(answer)
    assert all(notice["for"] == ["a", "b"] for notice in answer["notices"][:4])


def test_one_person_alone_is_no_group() -> None:
    """Nothing is said about others; two alike with one language need no interpreter each."""
    assert not {"one-at-a-time", "safe-together", "nobody-by-name"} & {*notices(ask(night(*RAID), people("a")))}
    assert "interpreter-for-each" not in notices(ask(night(*RAID), people("a", 2)))
    assert "interpreter-for-each" in notices(ask(night(*RAID), people("a", 2, client={"languages": []})))


def test_the_most_pressing_lead_is_said_and_of_whom() -> None:
    """Danger to one leads for all; else the first call."""
    hurt = people("b")
    hurt["facts"] = {"client_present": True, "danger": "medical"}
    answer, calm = ask(night(*RAID), people("a", 2), hurt), ask(night(*RAID), people("a", 2), people("b"))

    assert (answer["lead"]["do"], answer["lead"]["phone"], answer["lead"]["for"]) == ("emergency", "911", ["b"])
    assert (calm["lead"]["do"], calm["lead"]["for"]) == ("call", ["a", "b"])
    assert answer["notices"][0] | {"plain": ""} == {"id": "danger-medical", "plain": "", "for": ["b"]}


def test_of_equal_leads_the_most_urgent_is_said_and_then_the_first_key() -> None:
    """Both lead to a call: the one for now; where both are for now, that of the first key, at whatever place."""
    later = LEGAL_HELP | {"required": True}
    first, urgent = people("a", 1, later), people("b")

    assert ask(night(*RAID), first, urgent)["lead"]["for"] == ["b"]
    assert ask(night(*RAID), urgent, people("a", 1, LEGAL_HELP | {"urgency": "now"}))["lead"]["for"] == ["a"]


def test_a_duty_that_several_share_stands_once_with_their_keys() -> None:
    """Two who are fifteen, and one who is grown: one duty to report, beside the two."""
    young = people("a", client={"age": 15}), people("b", client={"age": 15, "languages": ["es"]})
    duties = ask(night(*RAID), *young, people("c"))["duties"]

    assert len({duty["id"] for duty in duties}) == len(duties)
    assert [duty["for"] for duty in duties if duty["id"] == "child-report-state-law"] == [["a", "b"]]


# -- a farm of twelve ------------------------------------------------------------------------------------------


def test_a_farm_of_twelve_with_places_for_five_and_a_house_that_counts_nothing() -> None:
    """Counted places are filled, by key; the house that counts nothing is asked how many it takes.

    Eight men, of whom the bridge takes none; four women, two of whom must be apart, so one of them goes to the bridge:

        m m m m m m m m   w w   x | y         bridge 2 (women, soon), harbor 3 (all, soon), pier ? (all, in three days)
    """
    farm = night(
        agency(HARBOR, [beds("harbor-beds", 3, response_time="PT1H")]),
        agency(BRIDGE, [beds("bridge-beds", 2, genders=["female"], response_time="PT1H")]),
        agency(PIER, [beds("pier-beds", None, response_time="PT72H")]),
    )
    men = people("m", 8, client={"gender": "male", "languages": ["es"]})
    answer = ask(farm, men, people("w", 2), people("x"), people("y"), apart=[["x", "y"]])

    assert picture(answer) == ["w x -> bridge", "m m m -> harbor", "m m m m m w y -> pier"]
    questions = {call["to"]["slug"]: [entry["plain"] for entry in call["confirm"]] for call in answer["calls"]}
    assert questions == {HARBOR: [], BRIDGE: [], PIER: ["How many people can you take?"]}


def test_what_was_promised_is_kept_and_the_rest_is_chosen_anew() -> None:
    """The bridge took two on the phone: it gets nobody else, and the others go where there is room."""
    directory, group = night(*RAID), (people("a", 3), people("b", 2))
    before = picture(ask(directory, *group))
    after = ask(directory, *group, taken=[{"key": "a", "count": 2, "service": "bridge-beds"}])

    assert before == ["b b -> bridge", "a a a -> harbor"]
    assert picture(after) == ["a a -> bridge", "a b b -> harbor"]


def test_a_promise_stands_though_the_house_now_counts_as_full() -> None:
    """The house took them off its count: they keep their path."""
    full = night(RAID[0], agency(BRIDGE, [beds("bridge-beds", 0)]))
    answer = ask(full, people("a", 3), taken=[{"key": "a", "count": 2, "service": "bridge-beds"}])

    assert picture(answer) == ["a a -> bridge", "a -> harbor"]


@pytest.mark.parametrize("limit", [1, 2])
def test_a_promise_beyond_the_list_is_kept_on_the_best_path_there(limit: int) -> None:
    """However short the list: the house that took them stands last on it, and what else they need is met as before."""
    group = people("a", 3, BED, LEGAL_HELP), people("b", 2)
    taken = [{"key": "a", "count": 2, "service": "bridge-beds"}]
    answer = ask(night(*RAID), *group, taken=taken, limit=limit)

    assert picture(answer) == ["a a -> bridge", "a b b -> harbor"]
    assert picture(answer, "legal_immigration")[0] == "a a a -> law"


# -- what counts -----------------------------------------------------------------------------------------------


def test_only_fresh_counts_of_beds_for_a_stay_limit_a_group() -> None:
    """Two beds take two of three. A count of yesterday, one of rooms besides, or one at a lawyer's limits nobody."""
    rows = {"unit": "bed", "available": 2, "maximum": 20, "updated": AT}
    yesterday = rows | {"updated": "2026-02-28T02:00:00-06:00"}
    houses = {
        "fresh": [rows], "yesterday": [yesterday], "rooms besides": [rows, rows | {"unit": "room", "available": 1}],
    }  # fmt: skip
    answers = {
        name: ask(night(agency(HARBOR, [beds("harbor-beds", 0) | {"capacities": counts}])), people("a", 3))
        for name, counts in houses.items()
    }
    lawyer = agency("advice", [service("talks", "legal_civil") | {"capacities": [rows | {"available": 1}]}])
    advice = ask(night(*RAID, lawyer), people("a", 3, {"type": "legal_civil", "urgency": "this_week"}))

    assert {name: picture(answer) for name, answer in answers.items()} == {
        "fresh": ["a a -> harbor", "a -> -"], "yesterday": ["a a a -> harbor"], "rooms besides": ["a a a -> harbor"],
    }  # fmt: skip
    asks = {name: [entry["plain"] for entry in answer["calls"][0]["confirm"]] for name, answer in answers.items()}
    assert asks == {"fresh": [], "yesterday": [group.HOW_MANY], "rooms besides": [group.HOW_MANY]}
    assert picture(advice, "legal_civil") == ["a a a -> advice"]


def test_a_list_may_leave_more_open_than_its_first_path() -> None:
    """A house with lawyers of its own takes one; the other has a bed elsewhere, though nobody there helps by law."""
    own_lawyers = [beds("harbor-beds", 1), service("harbor-civil", "legal_civil")]
    directory = night(agency(HARBOR, own_lawyers), agency(BRIDGE, [beds("bridge-beds", 5)]))
    answer = ask(directory, people("a", 2, BED, {"type": "legal_civil", "urgency": "this_week"}, avoid=[LAW]), limit=2)

    assert picture(answer) == ["a -> bridge", "a -> harbor"]
    assert picture(answer, "legal_civil") == ["a -> harbor", "a -> -"]


def test_a_short_list_leaves_those_without_a_path_who_find_no_place_on_it() -> None:
    """`limit` is of each client's list."""
    assert picture(ask(night(*RAID), people("a", 4), limit=1)) == ["a a a -> harbor", "a -> -"]


# -- calls -----------------------------------------------------------------------------------------------------


REPORT = {"type": "child_protection_report", "urgency": "now"}


def test_a_report_asks_for_no_place_and_has_nobody_speak() -> None:
    """The worker makes it: the call says so, also where the same agency is asked for places besides."""
    young = people("a", 2, REPORT, BED, client={"age": 15})
    systems = {"basis": "systems", "kind": "child_welfare"}
    two_agencies = night(RAID[0], agency("state", [service("report", "child_protection_report")], **systems))
    one_agency = night(agency("state", [beds("rooms", 5), service("report", "child_protection_report")], **systems))
    sentences = {call["to"]["slug"]: call["plain"] for call in ask(two_agencies, young)["calls"]}
    (joined,) = {call["plain"] for call in ask(one_agency, young, people("b"))["calls"]}

    assert sentences["state"] == group.report("State", 2)
    assert sentences[HARBOR] == group.places("Harbor", 2)
    assert joined == f"{group.report('State', 2)} {group.places('State', 3)}"
    assert not_in_spanish({"plain": joined}, ["State"]) == []


def test_of_people_who_were_only_seen_nobody_is_spoken_with() -> None:
    """Who saw them makes the call; what keeps people safe in a talk is said of those who are there."""
    desk = agency("desk", [service("reports", "child_protection_report")], kind="child_welfare", basis="systems")
    report = {"type": "child_protection_report", "urgency": "now"}
    children = [people(key, 2, report, client={"age": 12}) for key in ("a", "b")]
    for entry in children:
        entry["facts"] = {"caller": "third_party"}

    answer = ask(night(desk), *children)

    assert [call["plain"] for call in answer["calls"]] == [group.report("Desk", 4)]
    assert not {"one-at-a-time", "safe-together", "interpreter-for-each", "nobody-by-name"} & {*notices(answer)}
    notices_there = ask(night(desk), *children, people("c", 2, report))["notices"]
    assert [notice["for"] for notice in notices_there if notice["id"] == "one-at-a-time"] == [["c"]]


def test_those_who_come_along_are_counted_where_they_stay_alone() -> None:
    """A mother with two children asks for three beds, and for one talk with a lawyer."""
    answer = ask(night(*RAID), people("m", 1, BED, LEGAL_HELP, along=2))

    assert {call["to"]["slug"]: call["plain"] for call in answer["calls"]} == {
        HARBOR: group.places("Harbor", 3), LAW: group.places("Law", 1),
    }  # fmt: skip


def test_nobody_is_sent_on_to_a_house_of_those_whom_they_are_to_be_apart_from() -> None:
    """The harbor's count is not to be seen: who does not fit is sent on to the pier, for the other is at the bridge."""
    houses = (
        agency(HARBOR, [beds("harbor-beds", 2, response_time="PT1H")], address_private=True),
        agency(BRIDGE, [beds("bridge-beds", 5, response_time="PT24H")]),
        agency(PIER, [beds("pier-beds", 5, response_time="PT72H")]),
    )
    other_client = people("b", avoid=[HARBOR])
    together, apart = (
        next(call["instead"] for call in ask(night(*houses), people("a"), other_client, **more)["calls"]
             if call["to"]["slug"] == HARBOR)
        for more in ({}, {"apart": [["a", "b"]]})
    )  # fmt: skip

    assert [[other["to"]["slug"] for other in instead] for instead in (together, apart)] == [[BRIDGE], [PIER]]


# -- those who stay together -----------------------------------------------------------------------------------


FAMILY_LEFT = "family-without-place"


def only_house(count: int, **more: Any) -> DirectorySnapshot:
    return night(agency(HARBOR, [beds("harbor-beds", count, companions=True)], **more))


def test_people_who_stay_together_count_once_and_it_is_said_where_that_leaves_them_out() -> None:
    """Three beds: two people alone meet two needs, a mother with two children one. A worker may choose otherwise."""
    group = people("a", 2), people("m", along=2)
    answer = ask(only_house(3), *group)
    promised = ask(only_house(3), *group, taken=[{"key": "m", "service": "harbor-beds"}])

    assert picture(answer) == ["a a -> harbor", "m -> -"]
    assert [notice["for"] for notice in answer["notices"] if notice["id"] == FAMILY_LEFT] == [["m"]]
    assert picture(promised) == ["m -> harbor", "a a -> -"]
    assert FAMILY_LEFT not in notices(promised)


@pytest.mark.parametrize(
    ("count", "group", "more"),
    [
        pytest.param(5, (people("a", 2), people("m", along=2)), {}, id="room for all"),
        pytest.param(2, (people("a", 2), people("m", along=2)), {}, id="the house never had so many"),
        pytest.param(3, (people("a", along=2), people("m", along=2)), {}, id="another family has the place"),
        pytest.param(3, (people("a", 2), people("b", 2)), {}, id="nobody comes along"),
        pytest.param(3, (people("a", 2), people("m", along=2)), {"address_private": True}, id="a count not to be seen"),
    ],
)
def test_nothing_is_said_where_no_family_gives_way(count: int, group: Any, more: dict[str, Any]) -> None:
    """The other four ways, and where the origin may not see the count."""
    assert FAMILY_LEFT not in notices(ask(only_house(count, **more), *group))


# -- counts that are not for the asker -------------------------------------------------------------------------


def hidden(count: int) -> tuple[dict[str, Any], ...]:
    """A house whose counts the hotline may not see, quick, and one whose counts it may, slow."""
    private = beds("bridge-beds", count, companions=True, response_time="PT1H")
    return agency(BRIDGE, [private], address_private=True), agency(
        HARBOR, [beds("harbor-beds", 4, companions=True, response_time="PT48H")]
    )


GROUPS: dict[str, tuple[dict[str, Any], ...]] = {
    "one": (people("a"),),
    "more than there are": (people("a", 9),),
    "companions": (people("a", along=3), people("b", 2, along=2)),
    "apart": (people("a", 2), people("b", 3)),
    "again with a promise": (people("a", 6),),
}


@pytest.mark.parametrize("name", GROUPS)
def test_a_hidden_count_is_told_by_no_group(name: str) -> None:
    """By size, by companions, by asking again with what was promised: one free or nineteen, the answer is the same."""
    more: dict[str, Any] = {"apart": [["a", "b"]]} if name == "apart" else {}
    if "again" in name:
        more["taken"] = [{"key": "a", "count": 4, "service": "bridge-beds"}]
    answers = []
    for count in (1, 2, 19):
        answer = ask(night(*hidden(count)), *GROUPS[name], **more)
        answers.append(answer | {"decision_id": ""})

    assert answers[0] == answers[1] == answers[2]
    bridge = next(call for call in answers[0]["calls"] if call["to"]["slug"] == BRIDGE)
    assert [entry["plain"] for entry in bridge["confirm"]] == ["How many people can you take?"]
    if "again" not in name:
        assert [other["to"]["slug"] for other in bridge["instead"]] == ([] if name == "apart" else [HARBOR])


def test_the_test_of_hidden_counts_sees_a_count_that_is_shown() -> None:
    """Where the hotline may see the count, one free and nineteen differ."""
    houses = [agency(BRIDGE, [beds("bridge-beds", count)]) for count in (1, 19)]

    assert picture(ask(night(houses[0]), people("a", 2))) != picture(ask(night(houses[1]), people("a", 2)))


def test_thirty_people_are_answered_companions_included() -> None:
    """One more is refused, as below."""
    assert ask(night(*RAID), people("a", 10, along=1), people("b", 10))["complete"]


# -- refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"clients": [people("a", 28, along=1)]}, ["/clients"]),
        ({"clients": [people("a", 10, along=1), people("b", 11)]}, ["/clients"]),
        ({"clients": [people("a"), people("a")]}, ["/clients/1/key"]),
        ({"clients": [people("abc")]}, ["/clients/0/key"]),
        ({"clients": [people("a", 0)]}, ["/clients/0/count"]),
        ({"clients": [people("a") | {"name": "x"}]}, ["/clients/0"]),
        ({"limit": 11}, ["/limit"]),
        ({"apart": [["a", "a"]]}, ["/apart/0"]),
        ({"apart": [["a", "z"]]}, ["/apart/0/1"]),
        ({"taken": [{"key": "z", "service": "harbor-beds"}]}, ["/taken/0/key"]),
        ({"taken": [{"key": "a", "count": 2, "service": "harbor-beds"}]}, ["/taken/0/count"]),
        ({"taken": [{"key": "a", "service": "papers"}]}, ["/taken/0/service"]),
    ],
)
def test_a_wrong_group_is_refused_at_its_place(changes: dict[str, Any], pointers: list[str]) -> None:
    """Every wrong thing by its pointer, without a value."""
    clients = changes.pop("clients", [people("a")])
    with pytest.raises(ProfileRefused) as refusal:
        ask(night(*RAID), *clients, **changes)

    assert [problem.path for problem in refusal.value.problems] == pointers


def test_one_sheet_holds_every_need_of_everybody_once() -> None:
    """Whatever path each takes: a call for each agency, an open need for those who have none, nothing dropped."""
    houses = [
        agency(HARBOR, [beds(HARBOR, 2)], kind="dv_shelter"),
        agency(BRIDGE, [beds(BRIDGE, None)], kind="dv_shelter"),
    ]
    line, dentist = ({"type": code, "urgency": "now"} for code in ("crisis_hotline", "dental"))
    members = [
        people("a", 3), people("b", 1, BED, LEGAL_HELP, along=2),
        people("c", 1, dentist, line, client={"age": 15, "traits": {"sex_trafficking": True}}),
        people("d", 2, client={"gender": "male", "age": 17}),
    ]  # fmt: skip
    answer = ask(night(*houses), *members)
    items = answer["call_sheet"]

    for client in answer["clients"]:
        own = [item for item in items if client["key"] in item["for"]]
        for chosen in client["chosen"]:
            covers = {*chosen["path"]["covers"]} if chosen["path"] else set()
            [asked] = [
                {need["type"] for need in member["needs"]} for member in members if member["key"] == client["key"]
            ]
            for need in asked:
                met = [item for item in own if item["kind"] in ("call", "own", "report") and need in item["needs"]]
                still_open = [item for item in own if item["kind"] == "none" and item["need"] == need]
                assert bool(met) >= (need in covers), (client["key"], need)
                assert len(still_open) <= 1
                assert bool(still_open) is any(
                    path["path"] is None or need not in path["path"]["covers"] for path in client["chosen"]
                )
    called = [item["to"]["slug"] for item in items if item["kind"] == "call"]
    assert sorted(called) == sorted({call["to"]["slug"] for call in answer["calls"]})
    kinds = [item["kind"] for item in items if item["kind"] in ("danger", "report", "safety")]
    assert kinds == sorted(kinds, key=["danger", "report", "safety"].index)
    assert "report" in kinds
    assert "sex" not in json.dumps([item for item in items if item["kind"] == "call"])
    out = StringIO()
    print_group(PrintedPage(Console(file=out, width=80)), answer, asked_at=datetime.fromisoformat(AT))
    assert not_shown(items, out.getvalue()) == []
    assert not_in_spanish(items, {HARBOR.title(), BRIDGE.title(), "Hotline", "Law"}) == []
