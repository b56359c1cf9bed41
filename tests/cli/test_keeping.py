"""`backup`, `restore` and `purge` from a terminal, and the runbook of the day on which the database is lost."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from command_line import CommandLine
from databases import ADDRESS_KEY

from service import demo
from service.documents.document import parse_document
from service.i18n import maintenance
from service.settings import Settings

HERE = "sqlite:///here.db"
RUNBOOK = (Path(__file__).parents[2] / "service" / "deploy" / "README.md").read_text(encoding="utf-8")
STEPS = re.findall(
    r"^referral-router (.+?)(?: {2,}#.*)?$",
    RUNBOOK.split("## When the database is lost")[1].split("## Keys")[0],
    re.MULTILINE,
)


def test_the_runbook_is_gone_through(
    router: CommandLine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each of its lines as it stands, on either database: what was loaded since is gone, the rest is back."""
    settings = {"DATABASE": database_url, "ADDRESS_KEY": ADDRESS_KEY.get_secret_value(), "TOKEN_KEY_FILE": "token.key"}
    settings["ADDRESS_KEY_FILE"] = "store.key"  # the note of hidings goes beside it
    for name, value in settings.items():
        monkeypatch.setenv(f"REFERRAL_ROUTER_{name}", value)
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    assert router.run("load", bundle).status == 0
    assert router.run("token", "--organization", "juniper-bridge-hotline").status == 0
    profile = router.write("profile.json", demo.profile_bytes("01-fifteen-at-2am"))
    before = router.run("route", profile)
    outputs = {}
    for step in STEPS:
        if step.startswith("restore") and "--replace" in step:
            assert router.run("load", router.write("other.yaml", OTHER), "--replace").status == 0
        outcome = router.run(*shlex.split(step))
        assert outcome.status == 0, (step, outcome.err)
        outputs[step] = outcome.out
        if step.startswith("restore") and "--replace" in step:
            assert "purge" in router.run("route", profile).err

    assert len(STEPS) == 8
    assert stat.S_IMODE((tmp_path / "tuesday.backup").stat().st_mode) == 0o600
    assert "juniper-bridge-hotline: membership active" in outputs["purge"]
    assert router.run("route", profile).out == before.out


OTHER = """
coalition: {slug: here, name: Here, timezone: America/Chicago, policy_packs: [federal]}
organizations: []
"""


def test_a_restore_lists_who_stays_hidden(router: CommandLine) -> None:
    """By the note whoever hid since, without it whoever may have; one of a bundle confirms by `--publish`."""
    bundle, _ = parse_document(demo.coalition_bytes())
    houses = {row["id"]: row for row in bundle["organizations"]}
    router.run("load", router.write("open.json", json.dumps(bundle)), "--database", HERE)
    router.run("backup", "backup", "--database", HERE)
    houses["juniper-bridge-hotline"]["coalition"]["listed"] = "coalition"
    router.run("load", router.write("hidden.json", json.dumps(bundle)), "--database", HERE)

    by_note = router.run("restore", "backup", "--replace", "--database", HERE).out
    router.run("purge", "--database", HERE)
    due = router.run("due", "--database", HERE).out
    refused = router.run("load", "open.json", "--database", HERE)
    loaded = router.run("load", "open.json", "--publish", "juniper-bridge-hotline", "--database", HERE)
    confirmed = router.run("due", "--database", HERE).out
    (router.folder / "here.hidden").rename(router.folder / "kept.hidden")
    without = router.run("restore", "backup", "--replace", "--database", HERE).out
    with_it = router.run("restore", "backup", "--replace", "--note", "kept.hidden", "--database", HERE).out

    hidden = {slug for slug in houses if re.search(rf"^{slug}$", without, re.MULTILINE)}
    assert [slug for slug in houses if re.search(rf"^{slug}$", by_note, re.MULTILINE)] == ["juniper-bridge-hotline"]
    assert (refused.status, loaded.status) == (1, 0), loaded.err
    assert ("kept hidden" in due, "kept hidden" in confirmed) == (True, False)
    assert hidden == {
        slug
        for slug, row in houses.items()
        if row["coalition"]["basis"] == "community" and row["coalition"]["kind"] != "health"
    }
    assert ("--note FILE" in without.replace("\n", " "), with_it) == (True, by_note)


def test_a_file_that_is_there_stays(router: CommandLine) -> None:
    """A second backup under the same name is refused, in a sentence."""
    assert router.run("db", "upgrade", "--database", HERE).status == 0
    router.write("backup", "mine")

    outcome = router.run("backup", "backup", "--database", HERE)

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("There is a file of that name already")
    assert (router.folder / "backup").read_text() == "mine"


def test_what_is_no_backup_is_refused_in_a_sentence(router: CommandLine) -> None:
    """Nor is a missing one a defect, and no text of the file is repeated."""
    router.write("not", "Jane Roe told me")

    refused = router.run("restore", "not", "--database", HERE)
    missing = router.run("restore", "none", "--database", HERE)
    nothing = router.run("backup", "new", "--database", "sqlite:///none.db")

    assert (refused.status, missing.status, nothing.status) == (1, 1, 1)
    assert "no backup that this program made" in refused.err
    assert "Jane" not in refused.err
    assert not (router.folder / "new").exists()


def test_a_database_that_is_not_empty_is_kept(router: CommandLine) -> None:
    """The sentence says what would put the backup in its place."""
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    assert router.run("load", bundle, "--database", HERE).status == 0
    assert router.run("backup", "backup", "--database", HERE).status == 0

    outcome = router.run("restore", "backup", "--database", HERE)

    assert (outcome.status, outcome.out) == (1, "")
    assert "--replace" in outcome.err


def test_counsel_reads_what_is_kept(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting of keeping with its days as they are set, and all that no setting changes."""
    monkeypatch.setenv("REFERRAL_ROUTER_KEEP_CONSENTS_DAYS", "45")

    out = router.run("purge", "--list").out

    assert "Consents: 45 days after" in out
    assert {name for name in Settings.model_fields if name.startswith("keep_")} == maintenance.SET.keys()
    assert len(out.splitlines()) == len(maintenance.SET) + len(maintenance.FIXED)


def test_commands_are_written_down_by_their_names(router: CommandLine) -> None:
    """What changes, goes out or uses a key; no argument of any, and nothing of what a file holds."""
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    for command in (
        ["load", bundle],
        ["token", "--organization", "juniper-bridge-hotline", "--subject", "Jane Roe"],
        ["keys", "rotate", "token"],
        ["export", "hsds", "out.json"],
        ["backup", "my.backup"],
        ["due"],
    ):
        assert router.run(*command, "--database", HERE).status == 0, command

    with closing(sqlite3.connect(router.folder / "here.db")) as connection:
        rows = connection.execute("SELECT * FROM audit_entry ORDER BY at").fetchall()
        operations = connection.execute("SELECT operation FROM audit_entry ORDER BY at").fetchall()

    key_entries = [operation for (operation,) in operations if operation == "keys make"]
    assert len(key_entries) == 5  # by the first need of them
    assert [operation for (operation,) in operations if operation != "keys make"] == [
        "load",
        "token",
        "keys rotate",
        "export hsds",
        "backup",
    ]
    assert not any(word in repr(rows) for word in ("Jane", "juniper", "my.backup", "out.json"))


def test_a_chain_is_checked_from_a_terminal(router: CommandLine) -> None:
    """A file of anchors that is none is wrong usage; without linked entries there is no anchor."""
    assert router.run("db", "upgrade", "--database", HERE).status == 0
    router.write("anchors", "not an anchor")

    nothing = router.run("audit", "anchor", "--database", HERE)
    wrong = router.run("audit", "verify", "--anchor", "anchors", "--database", HERE)
    right = router.run("audit", "verify", "--database", HERE)

    assert (nothing.status, wrong.status, right.status) == (1, 2, 0)
    assert "hold" in right.out


def test_a_database_without_a_server_is_linked_and_anchored(
    router: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By each command, into a file that a setting names; `verify` warns without it, and finds a missing end with it."""
    monkeypatch.setenv("REFERRAL_ROUTER_AUDIT_ANCHOR_FILE", "elsewhere")
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    for command in (["load", bundle], ["token", "--organization", "juniper-bridge-hotline"], ["audit", "anchor"]):
        assert router.run(*command, "--database", HERE).status == 0, command
    alone = router.run("audit", "verify", "--database", HERE)
    (router.folder / "printed").write_text(router.run("audit", "anchor", "--database", HERE).out)
    both = [router.run("audit", "verify", "--anchor", name, "--database", HERE) for name in ("elsewhere", "printed")]
    with closing(sqlite3.connect(router.folder / "here.db")) as connection, connection:
        older = connection.execute("SELECT link FROM audit_entry WHERE position = 1").fetchone()
        connection.execute("DELETE FROM audit_entry WHERE position > 1 OR position IS NULL")
        connection.execute("UPDATE audit_signed_head SET position = 1, link = ?", older)
    cut = [router.run("audit", "verify", *named, "--database", HERE) for named in ([], ["--anchor", "printed"])]

    assert (alone.status, [outcome.status for outcome in both]) == (0, [0, 0])
    assert "no anchor was given" in alone.err
    assert not any(outcome.err for outcome in both)
    assert "signed on" in alone.out
    assert [outcome.status for outcome in cut] == [1, 1]
    assert "not signed" in cut[0].err
    assert "the end was cut off" in cut[1].err
