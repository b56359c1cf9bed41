"""`route --group`: several people at once, for a person and for a program; one of a profile and a group."""

from __future__ import annotations

import json

from command_line import CommandLine

from service import demo

ONE = json.loads(demo.profile_bytes("01-fifteen-at-2am"))
PERSON = {name: ONE[name] for name in ("client", "needs", "facts")}
GROUP = {name: ONE[name] for name in ("origin", "at")} | {"clients": [{"key": "a", "count": 2, **PERSON}]}


def test_a_group_is_answered_in_words_and_as_json(router: CommandLine) -> None:
    """What keeps each safe stands first, then the lead and the calls; nothing but the document is printed as JSON."""
    router.write("coalition.yaml", demo.coalition_bytes())
    router.write("group.json", json.dumps(GROUP))
    assert router.run("load", "coalition.yaml").status == 0
    page, document = (
        router.run("route", "--group", "group.json"),
        router.run("route", "--group", "group.json", "--json"),
    )

    assert (page.status, document.status) == (0, 0)
    assert page.out.startswith("- Speak with each person alone")
    assert page.out.index("FIRST") < page.out.index("CALLS, ONE FOR EACH AGENCY") < page.out.index("[ ] ")
    body = json.loads(document.out)
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
