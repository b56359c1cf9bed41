"""What each command does to its input, and what it says: results to one stream, troubles to the other."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from command_line import CommandLine

from service import demo
from service.cli import app

HERE = "sqlite:///here.db"
PROFILE = demo.profile_bytes("01-fifteen-at-2am")
BAD_BUNDLE = """
coalition: {slug: here, name: Here, timezone: Mars/Olympus, policy_packs: [federal]}
organizations:
  - id: a-house
    name: A House
    services: [{id: beds, name: Beds, status: active, minimum_age: 20, maximum_age: 10, colour: red}]
"""


@pytest.fixture
def loaded(router: CommandLine) -> CommandLine:
    """A command line whose folder holds the demo coalition in `here.db`."""
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    assert router.run("load", bundle, "--database", HERE).status == 0
    return router


def test_a_bundle_loads_once(router: CommandLine) -> None:
    """Loading the same file a second time changes nothing and says so."""
    bundle = router.write("coalition.yaml", demo.coalition_bytes())

    first = router.run("load", bundle, "--database", HERE)
    second = router.run("load", bundle, "--database", HERE)

    assert (first.status, second.status) == (0, 0)
    assert first.out.startswith("Loaded: ")
    assert first.out.endswith("directory version 1.\n")
    assert second.out.startswith("No change: ")
    assert second.out.endswith("directory version 1.\n")


def test_a_bundle_can_be_piped_in(router: CommandLine) -> None:
    """`-` reads a bundle from standard input."""
    outcome = router.run("load", "-", "--database", HERE, typed=demo.coalition_bytes())

    assert outcome.status == 0


def test_a_bad_bundle_is_refused_whole(router: CommandLine) -> None:
    """Standard error lists every problem with its path and position, the exit status is 1, and nothing is stored."""
    outcome = router.run("load", router.write("bad.yaml", BAD_BUNDLE), "--database", HERE)

    assert (outcome.status, outcome.out) == (1, "")
    assert "coalition.timezone (line 2, column 37): " in outcome.err
    assert "organizations[0].services[0].colour (a-house, beds, line 6, column 89): " in outcome.err
    assert "organizations[0].services[0]" in outcome.err
    assert not (router.folder / "here.db").exists()


def test_an_answer_as_json_is_the_document(loaded: CommandLine) -> None:
    """`route --json` prints the documented answer, two blanks deep, letters as they are, and a newline."""
    outcome = loaded.run("route", loaded.write("p.json", PROFILE), "--json", "--database", HERE)

    document = json.loads(outcome.out)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    assert {"paths", "conditional_paths", "uncovered", "duties", "notices", "complete", "decision_id"} <= set(document)


def test_a_profile_can_be_piped_in(loaded: CommandLine) -> None:
    """`-` reads a profile from standard input, so that it never lies on a disk."""
    outcome = loaded.run("route", "-", "--database", HERE, typed=PROFILE)

    assert outcome.status == 0
    assert "Call Willow Bend Youth House together with the client: 555-0106." in outcome.out


@pytest.mark.parametrize(
    "profile",
    [
        b'{"origin": "MARISOL", "needs": [{"type": "emergency_shelter"}]}',
        b'{"origin": "marisol", "needs": [{"type": "marisol"}], "avoid": ["marisol"]}',
        b'{"origin": "juniper-bridge-hotline", "client": {"age": "MARISOL", "gender": "MARISOL"}, "needs": []}',
        b'{"origin": "juniper-bridge-hotline", "name": "MARISOL", "needs": [{"type": "food"}]}',
        b'{"origin": "juniper-bridge-hotline", "at": "MARISOL", "needs": "MARISOL"',
        b"MARISOL",
        b'"\xff MARISOL"',
    ],
)
def test_a_bad_profile_is_refused_without_a_word_of_it(loaded: CommandLine, profile: bytes) -> None:
    """A refusal names fields and repeats no value, on either stream; the status is 1."""
    outcome = loaded.run("route", "-", "--database", HERE, typed=profile)

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("profile refused")
    assert "\n:" not in outcome.err  # what is wrong with the whole has a place too
    assert "marisol" not in outcome.err.lower()


@pytest.mark.parametrize(
    "arguments",
    [
        ("route",),
        ("load",),
        ("policy",),
        ("policy", "explain"),
        ("nonsense",),
        ("route", "p.json", "--nonsense"),
        ("route", "missing.json"),
        ("load", "missing.yaml"),
        ("serve", "--port", "0"),
        ("serve", "--workers", "none"),
        ("demo", "--profile", "nobody"),
        ("db", "upgrade", "--database", "not a url"),
        ("db", "upgrade", "--database", "nothing://here"),
        ("db", "upgrade", "--database", "sqlite:///."),
        ("db", "upgrade", "--database", "sqlite:///a%00b.db"),
        ("token", "--organization", "hotline", "--database", "not a url"),
        ("token", "--organization", "hotline", "--database", "sqlite:///."),
    ],
)
def test_wrong_usage_is_status_2(router: CommandLine, arguments: tuple[str, ...]) -> None:
    """Whatever was typed wrong is told on standard error, and nothing is made."""
    outcome = router.run(*arguments)

    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err
    assert list(router.folder.iterdir()) == []


def test_a_name_that_the_system_refuses_is_no_defect(router: CommandLine) -> None:
    """A file name that is too long is told in the system's words, and nothing is made."""
    outcome = router.run("export", "hsds", "-", "--database", f"sqlite:///{'x' * 300}.db")

    assert (outcome.status, outcome.out) == (1, "")
    assert "too long" in outcome.err
    assert list(router.folder.iterdir()) == []


def leaves(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each command that does something, with its name."""
    words = command.list_commands(None) if hasattr(command, "commands") else []
    for word in words:
        yield from leaves(command.get_command(None, word), f"{name} {word}".strip())
    if not words:
        yield name, command


def test_every_command_takes_a_database() -> None:
    """`--database URL` is understood everywhere, whether or not a command has use for it."""
    options_by_name = {
        name: [option for parameter in command.params for option in parameter.opts]
        for name, command in leaves(typer.main.get_command(app))
    }

    assert {"load", "policy check", "backup", "db upgrade"} < options_by_name.keys()
    assert [name for name, options in options_by_name.items() if "--database" not in options] == []


def test_the_rules_of_a_coalition_are_checked_as_it_chose_them(router: CommandLine) -> None:
    """With a database, `policy check` is about the packs that its coalition uses; without a coalition it stops."""
    none = router.run("policy", "check", "--database", HERE)
    router.run("load", router.write("coalition.yaml", demo.coalition_bytes()), "--database", HERE)

    folder = router.folder / "packs"
    (folder / "other").mkdir(parents=True)
    missing = router.run("policy", "check", "--rules", str(folder), "--database", HERE)

    assert (none.status, none.out) == (1, "")
    assert "There is no database file yet." in none.err
    assert missing.status == 1
    assert missing.out.startswith("Packs: federal, us-tx, coalition\n")


def test_the_solver_is_named_where_it_is_not_installed(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever only runs the program has no solver; the command that needs it says what adds it."""
    for name in [name for name in sys.modules if name.startswith("policies.verify")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("policies.verify", raising=False)
    monkeypatch.setitem(sys.modules, "z3", None)

    outcome = router.run("policy", "check")

    assert (outcome.status, outcome.out) == (1, "")
    assert "pip install z3-solver" in outcome.err


def test_a_profile_typed_as_arguments_is_not_repeated(router: CommandLine) -> None:
    """Words of a profile that the shell split are neither printed nor read as file names aloud."""
    outcome = router.run("route", '{"origin":', '"marisol"}')

    assert outcome.status == 2
    assert "marisol" not in outcome.err


def test_a_database_that_is_not_there_says_what_to_do(router: CommandLine) -> None:
    """Without a database file, `route` and `serve` name the next step and make no file."""
    profile = router.write("p.json", PROFILE)

    for outcome in (router.run("route", profile), router.run("serve")):
        assert outcome.status == 1
        assert "referral-router load FILE" in outcome.err
        assert "referral-router demo" in outcome.err
    assert not (router.folder / "referral-router.db").exists()


def test_an_empty_database_says_what_to_do(router: CommandLine) -> None:
    """A database without a coalition names the next step."""
    assert router.run("db", "upgrade", "--database", HERE).status == 0

    outcome = router.run("route", router.write("p.json", PROFILE), "--database", HERE)

    assert outcome.status == 1
    assert outcome.err.startswith("There is no coalition in this database yet.")


def test_what_a_database_is_told_in_plain_words(router: CommandLine) -> None:
    """A file that is no database, and a folder that is not there, end in one sentence and status 1."""
    router.write("letter.txt", b"This is a letter, and long enough to be told from a database by its first bytes.")

    for url in ("sqlite:///letter.txt", "sqlite:///nowhere/here.db"):
        outcome = router.run("db", "upgrade", "--database", url)

        assert outcome.status == 1
        assert outcome.err.startswith("the database cannot be used: ")
        assert len(outcome.err.splitlines()) == 1


def test_an_unreachable_server_keeps_its_password(router: CommandLine) -> None:
    """Both spellings of a PostgreSQL URL are read, and the password is in no error."""
    for scheme in ("postgresql", "postgresql+psycopg"):
        outcome = router.run("db", "upgrade", "--database", f"{scheme}://router:open-sesame@127.0.0.1:1/router")

        assert outcome.status == 1
        assert outcome.err.startswith("the database cannot be used: ")
        assert "open-sesame" not in outcome.err


def test_an_unknown_rule_is_refused(router: CommandLine) -> None:
    """A rule id that is not there is refused, and the way to the list is named."""
    outcome = router.run("policy", "explain", "no-such-rule")

    assert (outcome.status, outcome.out) == (1, "")
    assert "policy table" in outcome.err


def test_the_rules_of_the_loaded_coalition_are_listed(loaded: CommandLine) -> None:
    """`policy table` lists what is in force where a coalition is loaded, and every pack where none is."""
    chosen = loaded.write("small.yaml", _with_packs("[federal, coalition]"))
    assert loaded.run("load", chosen, "--replace", "--database", HERE).status == 0

    in_force = loaded.run("policy", "table", "--database", HERE).out
    shipped = loaded.run("policy", "table").out

    assert "tx-child-report " in shipped
    assert "tx-child-report " not in in_force
    assert "funded-release " in in_force


def _with_packs(packs: str) -> str:
    text = demo.coalition_bytes().decode()
    assert "policy_packs: [federal, us-tx, coalition]" in text
    return text.replace("policy_packs: [federal, us-tx, coalition]", f"policy_packs: {packs}")


def test_hsds_that_is_not_there_is_refused(router: CommandLine) -> None:
    """A path that is not there is wrong usage, as with every other file; one without anything to import is refused."""
    nowhere = router.run("import", "hsds", "nowhere", "--database", HERE)
    files = list(router.folder.iterdir())
    router.write("nothing.txt", "words")

    assert (nowhere.status, nowhere.out, files) == (2, "", [])
    assert router.run("import", "hsds", "nothing.txt", "--database", HERE).status == 1


def test_a_defect_tells_where_and_not_what(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this program did not expect ends in status 70, with the place and without the error's own words."""

    def fail(*_: object, **__: object) -> None:
        raise ValueError("marisol")

    monkeypatch.setattr("service.cli.route.read_profile", fail)

    outcome = router.run("route", "-", typed=PROFILE)

    assert outcome.status == 70
    assert "ValueError" in outcome.err
    assert "marisol" not in outcome.err.replace(Path(__file__).read_text(), "").replace(
        'raise ValueError("marisol")', ""
    )


@pytest.mark.parametrize("form", ["markdown", "csv"])
def test_the_rules_are_written_as_a_table(router: CommandLine, form: str) -> None:
    """One row for each rule: id, jurisdiction, kind, sentence, ask, authority; what rests on memory says so."""
    outcome = router.run("policy", "table", "--format", form)

    if form == "csv":
        header, *rows = csv.reader(io.StringIO(outcome.out))
    else:
        lines = [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in outcome.out.splitlines()]
        header, rows = lines[0], lines[2:]
    assert outcome.status == 0
    assert header == ["id", "jurisdiction", "kind", "plain", "asks", "authority", "confidence", "reviewed", "pack"]
    assert len(rows) > 70
    assert {len(row) for row in rows} == {len(header)}
    by_id = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert by_id["tx-harboring-runaway"]["confidence"] == "M (to be confirmed)"
    assert by_id["funded-release"]["confidence"] == "P; OVC S"
    assert {row["kind"] for row in by_id.values()} == {"permit", "forbid", "obligation", "advice"}


def test_a_rule_is_explained(router: CommandLine) -> None:
    """Its authority, review and text; its example and the near miss: facts, answer, what would change it."""
    outcome = router.run("policy", "explain", "funded-release")

    assert outcome.status == 0
    for part in (
        "34 USC 12291(b)(2)(B)",
        "Reviewed",
        '@id("funded-release")',
        "Facts as read:",
        "Who holds it: domestic violence shelter",
        "may not be shared as things stand",
        "What would change it:",
        "It would take a signed release",
        "What comes with it:",
        "This may be shared.",
    ):
        assert part in outcome.out
