"""`route --group`: several people at once, for a person and for a program; one of a profile and a group."""

from __future__ import annotations

import json

from command_line import CommandLine
from sheets import not_shown

from service import demo

ONE = json.loads(demo.profile_bytes("01-fifteen-at-2am"))
PERSON = {name: ONE[name] for name in ("client", "needs", "facts")}
GROUP = {name: ONE[name] for name in ("origin", "at")} | {"clients": [{"key": "a", "count": 2, **PERSON}]}


def test_a_group_is_answered_in_words_and_as_json(router: CommandLine) -> None:
    """The lead, what keeps each safe, the calls, who goes where; nothing but the document is printed as JSON."""
    router.write("coalition.yaml", demo.coalition_bytes())
    router.write("group.json", json.dumps(GROUP))
    assert router.run("load", "coalition.yaml").status == 0
    page, document = (
        router.run("route", "--group", "group.json"),
        router.run("route", "--group", "group.json", "--json"),
    )

    assert (page.status, document.status) == (0, 0)
    body = json.loads(document.out)
    assert page.out.startswith(body["lead"]["plain"])
    places = [page.out.index(words) for words in ("Speak with each person alone", "BED", "WHO GOES WHERE")]
    assert places == sorted(places)
    assert not_shown(body["call_sheet"], page.out) == []
    assert [client["key"] for client in body["clients"]] == ["a"]
    assert sum(chosen["count"] for chosen in body["clients"][0]["chosen"]) == 2


def test_a_profile_or_a_group_is_asked_about(router: CommandLine) -> None:
    """Neither, or both: wrong usage. A wrong group is refused at its place."""
    router.write("group.json", json.dumps(GROUP | {"apart": [["a", "b"]]}))

    assert router.run("route").status == 2
    assert router.run("route", "group.json", "--group", "group.json").status == 2
    refused = router.run("route", "--group", "group.json")
    assert refused.status == 1
    assert "/apart/0/1" in refused.err
