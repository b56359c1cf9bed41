"""The demo is of the day on which it is loaded: no count is old, and little is overdue."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from command_line import CommandLine
from hypothesis import given
from hypothesis import strategies as some
from loaded import Loader, question_of

import routing
from service import demo
from service.directory.snapshot.sharing import Sharing
from service.documents.document import parse_document

DAYS = some.dates(demo.WRITTEN_FOR, date(2030, 12, 31))
MOST_OVERDUE = {demo.FIRST: 12, demo.SECOND: 2}
"""What the coalition is written with, so that there is something to see."""


@given(some.sampled_from(demo.COALITIONS), DAYS)
def test_every_moment_is_at_the_same_time_by_the_clocks_there(coalition: str, day: date) -> None:
    """As many days later, whatever the clocks did in between; what is of its own day is the file."""
    for name in demo.profile_names(coalition):
        then, now = (
            datetime.fromisoformat(json.loads(demo.profile_bytes(name, coalition, day=each))["at"])
            for each in (demo.WRITTEN_FOR, day)
        )
        assert (now.date() - then.date(), now.time()) == (day - demo.WRITTEN_FOR, then.time())
    assert demo.coalition_bytes() == (Path(demo.__file__).parent / "coalition.yaml").read_bytes()


@pytest.mark.parametrize("coalition", demo.COALITIONS)
def test_a_newcomer_meets_little_that_is_overdue(
    router: CommandLine, monkeypatch: pytest.MonkeyPatch, coalition: str
) -> None:
    """Today, by the command that lists it; the profiles of today are files in this folder."""
    today = datetime.now(demo._ZONES[coalition]).date()
    monkeypatch.setattr(demo, "today", lambda _: today)

    assert router.run("demo", "--no-serve", "--coalition", coalition).status == 0
    [database] = router.folder.glob("*.db")
    due = json.loads(router.run("due", "--json", "--database", f"sqlite:///{database}").out)

    overdue = [item for item in due["items"] if date.fromisoformat(item["due"][:10]) < today]
    assert len(overdue) <= MOST_OVERDUE[coalition], overdue
    profiles = {file.stem: json.loads(file.read_bytes()) for file in database.with_suffix("").glob("*.json")}
    assert sorted(profiles) == [*demo.profile_names(coalition)]
    assert {date.fromisoformat(profile["at"][:10]) for profile in profiles.values()} == {today}


@pytest.mark.parametrize("days_later", [*range(1, 8), 100, 600])
def test_the_first_story_has_a_path_on_every_day(loader: Loader, days_later: int) -> None:
    """On each day of the week, in summer, and after law and agreements would have run out."""
    day, name = demo.WRITTEN_FOR + timedelta(days=days_later), demo.profile_names()[0]
    served = loader.serve(parse_document(demo.coalition_bytes(day=day))[0])[1]
    question = question_of(json.loads(demo.profile_bytes(name, day=day)), served)
    rules = Sharing(served.rulebook, served.policy, question.case)

    answer = routing.find_paths(routing.Request(served.snapshot, question.profile, rules=rules))

    assert not {need.type for need in question.profile.needs if need.urgency == "now"} & {*answer.paths[0].uncovered}
