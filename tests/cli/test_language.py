"""`--language`, else the locale: the language of what is printed; programs read English unless a language is named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pseudo
import pytest
from command_line import CommandLine
from read_in_spanish import in_spanish

from policies.verify import Check, sets_of_packs
from service import demo
from service.answers.printed.checks import print_step
from service.cli.console import printed_page
from service.cli.terminal import LOCALE
from service.coalition import read_guide
from service.i18n import coalition, pages, sheet
from service.i18n.translation import use_catalogues
from service.maintenance.keys import KeyPurpose

PROFILE = "01-fifteen-at-2am"
ENGLISH, SPANISH = (f"   {label} " for label in (sheet.LABELS["if_no"], in_spanish(sheet.LABELS["if_no"])))


@pytest.fixture
def loaded(router: CommandLine) -> CommandLine:
    router.write("coalition.yaml", demo.coalition_bytes())
    router.write("profile.json", demo.profile_bytes(PROFILE))
    profile = json.loads(demo.profile_bytes(PROFILE))
    person = {name: profile[name] for name in ("client", "needs", "facts")}
    group = {"origin": profile["origin"], "at": profile["at"], "clients": [{"key": "a", "count": 2, **person}]}
    router.write("group.json", json.dumps(group))
    assert router.run("load", "coalition.yaml").status == 0
    return router


def test_an_answer_is_printed_in_the_language_asked_for(loaded: CommandLine) -> None:
    """A path, a group, the demo, a figure of the coalition and the guide."""
    for command, sentence in (
        (("route", "profile.json", "--full"), pages.CALL_NEXT),
        (("route", "--group", "group.json"), pages.GROUP_CALLS),
        (("demo", "--no-serve"), sheet.HOW["warm"]),
        (("map",), coalition.SINGLE_POINTS),
        (("guide", "schools"), coalition.SEE),
    ):
        english, spanish = loaded.run(*command), loaded.run(*command, "--language", "es")

        assert (english.status, spanish.status) == (0, 0)
        assert sentence in " ".join(english.out.split())
        assert in_spanish(sentence) in " ".join(spanish.out.split()), command
        assert sentence not in " ".join(spanish.out.split()), command


@pytest.mark.parametrize("variable", LOCALE)
def test_without_it_the_locale_counts(loaded: CommandLine, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """As for gettext; a language that is not here, or none, is English. What is named wins."""
    for value, expected in (("es_MX.UTF-8", SPANISH), ("C.UTF-8", ENGLISH), ("", ENGLISH), ("fr_CA", ENGLISH)):
        monkeypatch.setenv(variable, value)
        assert expected in loaded.run("route", "profile.json").out, value

    monkeypatch.setenv(variable, "es")
    assert ENGLISH in loaded.run("route", "profile.json", "--language", "en-US").out


def test_a_program_reads_english_in_every_locale(loaded: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it names a language itself."""
    plain = json.loads(loaded.run("route", "profile.json", "--json").out)["lead"]["plain"]
    guide = json.loads(loaded.run("guide", "schools", "--json").out)
    monkeypatch.setenv("LANG", "es_MX.UTF-8")

    assert json.loads(loaded.run("route", "profile.json", "--json").out)["lead"]["plain"] == plain
    assert json.loads(loaded.run("guide", "schools", "--json").out) == guide
    spanish = json.loads(loaded.run("route", "profile.json", "--json", "--language", "es").out)["lead"]["plain"]
    assert spanish.startswith("Llame a ")
    assert json.loads(loaded.run("guide", "schools", "--json", "--language", "es").out) == json.loads(
        json.dumps(in_spanish(read_guide("schools")))
    )


def test_a_language_that_is_not_here_is_refused(loaded: CommandLine) -> None:
    """Nobody gets English for another language that was named; those that there are stand in the message."""
    refused = loaded.run("route", "profile.json", "--language", "vi")

    assert (refused.status, refused.out) == (2, "")
    assert "en, es" in refused.err


FILTHY = Path(__file__).parents[1] / "hsds" / "fixtures" / "filthy"
SHEET = "Agency,Office Phone,Kind of help,Open late\nHarbor House,555-0100,beds,yes\n"
SURPRISING = """
coalition: {slug: far, name: Far, timezone: UTC, policy_packs: [federal, coalition]}
areas: [{code: us-oh, name: Ohio}]
organizations:
  - id: far-house
    name: Far House
    coalition: {basis: community, kind: dv_shelter, regimes: [vawa], reporter: child, membership: active}
    services:
      - id: far-beds
        name: Far beds
        status: active
        schedules: [{freq: WEEKLY, byday: MO, opens_at: "08:00", closes_at: "23:59"}]
        referral: {types: [emergency_shelter], accepts_from: [agreement], requires: [food]}
"""
REPLIES = (
    "map", "outcomes", "words", "keys list", "purge --list", "audit verify", "policy explain nothing",
    "policy states us-zz", "init profile.json", "load surprising.yaml --replace", "load wrong.json", "config check",
    "import hsds filthy --strict", "import hsds filthy --report report.md", "import hsds wrong.json",
    "import suggest agencies.csv --out mapping.yaml", "import hsds agencies.csv", "curate --out curation.yaml",
    "export hsds directory.txt",
)  # fmt: skip
"""Commands and what they reply, found and refused."""
WRITTEN = ("report.md", "mapping.yaml", "curation.yaml")
"""Files of the commands above that people read."""
OF_FILES = {"filthy", "Open", "active", "inactive", "defunct"}
"""A folder, a heading of a sheet, and words of HSDS."""
NAMED = re.compile(r"`[^`]*`|\w+(?:\[\d+\][\w.]*)+|[\w./-]*[/.@:=_*][\w./:=@*-]*|--[\w-]+|\b[0-9a-f]{12}\b")
"""Files, settings, options, commands and ids."""
RECORDS = re.compile(r"\((?:[a-z0-9][a-z0-9:_ -]*(?:, |\)))+")
"""The ids of records that `load` lists."""


def lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield pseudo.write_pseudo(tmp_path_factory.mktemp("catalogues"))
    use_catalogues(None)


@pytest.mark.parametrize("command", REPLIES)
def test_no_line_of_a_command_is_english(loaded: CommandLine, catalogues: Path, command: str) -> None:
    """In a language of accents, from the folder of a coalition: what is plain is a name, a code or a law."""
    loaded.monkeypatch.setenv("REFERRAL_ROUTER_CATALOGUES", str(catalogues))
    loaded.monkeypatch.setenv("REFERRAL_ROUTER_TOKEN_ISSUER", "")
    loaded.write("surprising.yaml", SURPRISING)
    loaded.write("wrong.json", "{")
    loaded.write("agencies.csv", SHEET)
    copytree(FILTHY, loaded.folder / "filthy")
    outcome = loaded.run(*command.split(), "--language", pseudo.CODE)
    files = [loaded.folder / name for name in WRITTEN if (loaded.folder / name).is_file()]
    written = [line if file.suffix == ".md" else line.partition("#")[2] for file in files for line in lines_of(file)]
    text = " ".join((outcome.out + outcome.err + "\n".join(written)).split())
    if command.startswith("load"):
        text = RECORDS.sub(" ", text)

    assert "ÿ" in text
    assert pseudo.not_translated(NAMED.sub(" ", text), pseudo.NAMES | {*KeyPurpose} | OF_FILES) == []


def test_steps_of_the_checks_of_rules_are_in_the_language_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], catalogues: Path
) -> None:
    """What is looked at; the quick steps stand for all."""
    monkeypatch.setenv("LANG", pseudo.CODE)
    use_catalogues(catalogues)
    checked = Check(sets_of_packs()[0])
    for step in (checked.check_examples(), checked.check_shape(), checked.check_use()):
        print_step(printed_page(), step)
    text = capsys.readouterr().out

    assert "ÿ" in text
    assert pseudo.not_translated(text, ()) == []
