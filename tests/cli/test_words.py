"""`words export` and `words check`: a language's catalogue for its translators; a folder of catalogues adds it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pseudo
import pytest
from api_builders import demo_settings, running
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from command_line import CommandLine
from read_in_spanish import in_spanish

from policies.messages import Message, Plural
from service import demo
from service.keeping.catalogue import list_texts
from service.words import answers, brief, times
from service.words.translation import languages, read_in, use_catalogues

FOLDER = "REFERRAL_ROUTER_CATALOGUES"
FULL = answers.REASON["full"]


@pytest.fixture
def folder(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A coalition's folder of catalogues, named by the setting."""
    folder = router.folder / "catalogues"
    folder.mkdir()
    monkeypatch.setenv(FOLDER, str(folder))
    yield folder
    use_catalogues(None)


def exported(router: CommandLine, code: str) -> Catalog:
    assert router.run("words", "export", "--language", code, "--out", "out.po").status == 0
    return read_po(BytesIO((router.folder / "out.po").read_bytes()), code, abort_invalid=True)


def write(folder: Path, code: str, **texts: str) -> None:
    """Write a catalogue with texts by the English in `ENGLISH`."""
    catalogue = Catalog(code)
    for name, text in texts.items():
        catalogue.add(ENGLISH[name], text, context=ENGLISH[name].context or None)
    with (folder / f"{code}.po").open("wb") as out:
        write_po(out, catalogue)


ENGLISH = {
    "home": answers.AT_HOME,
    "say": answers.MAY_BE_SAID,
    "call": brief.LABEL["call"],
    "left": answers.LEFT_UNSAID,
}


def test_a_catalogue_has_every_text_and_where_it_is_said(router: CommandLine) -> None:
    """Once each, with its context, its two forms and its place; nothing is translated yet, and the check says so."""
    catalogue = exported(router, "vi")
    entries = {(entry.id if isinstance(entry.id, str) else entry.id[0], entry.context or "") for entry in catalogue}
    places = {entry.locations[0][0] for entry in catalogue if entry.id}
    checked = router.run("words", "check", "--language", "vi")

    assert entries - {("", "")} == {(text.english, text.context) for text in list_texts()}
    assert {text.place for text in list_texts()} == places
    assert [entry.string for entry in catalogue if entry.id and any(entry.string)] == []
    assert checked.status == 1
    assert len(checked.out.splitlines()) >= len(entries) - 1
    assert router.run("words", "check", "--language", "es").status == 0


def test_what_is_translated_stays_and_what_is_gone_is_a_comment(router: CommandLine, folder: Path) -> None:
    """The next version's catalogue begins with this one's translations."""
    write(folder, "vi", home="Không có gì rời đi.")
    catalogue = read_po(BytesIO((folder / "vi.po").read_bytes()), "vi")
    catalogue.add("Nobody says this any more.", "Không ai nói.")
    with (folder / "vi.po").open("wb") as out:
        write_po(out, catalogue)

    messages = exported(router, "vi")
    assert messages[answers.AT_HOME].string == "Không có gì rời đi."
    assert '#~ msgid "Nobody says this any more."' in (router.folder / "out.po").read_text(encoding="utf-8")


def test_the_check_says_what_is_wrong(router: CommandLine, folder: Path) -> None:
    """Missing, other placeholders, a broken one, too long for a label; what is right is not named."""
    write(folder, "vi", home="Tốt.", say="Nói {dat}.", left="Không {data", call="GỌI NGAY BÂY GIỜ")
    lines = router.run("words", "check", "--language", "vi").out.splitlines()

    def about(english: str) -> list[str]:
        rows = [line.split(": ") for line in lines if line.endswith(f": {english}")]
        return [parts[1] for parts in rows if "on_pages" not in parts[0]]

    assert about(answers.AT_HOME) == []
    assert about(answers.MAY_BE_SAID) == about(answers.LEFT_UNSAID) == ["other placeholders than the English"]
    assert about(brief.LABEL["call"]) == ["longer than 11 signs"]
    assert about(answers.MODE["warm"]) == ["not translated"]


def test_a_wrong_entry_is_english_and_stops_nobody(folder: Path) -> None:
    """A sentence whose placeholders differ would be a defect, or would show what it should not."""
    write(folder, "vi", home="Tốt.", say="Nói {data.__class__}.", left="{")
    use_catalogues(folder)

    assert read_in("vi", answers.AT_HOME) == "Tốt."
    assert read_in("vi", answers.MAY_BE_SAID.format(data="x")) == "You may say: x."
    assert read_in("vi", answers.LEFT_UNSAID.format(data="x")) == "Leave unsaid: x."


def test_a_language_with_one_form_and_one_without_locale_data(folder: Path) -> None:
    """Vietnamese has one form for every number; Mam has no lists of its own in the locale data."""
    catalogue = Catalog("vi")
    catalogue.add((FULL.template, FULL.many), ("{count} nơi đã đầy.",))
    for code in ("vi", "mam"):
        with (folder / f"{code}.po").open("wb") as out:
            write_po(out, catalogue if code == "vi" else Catalog())
    use_catalogues(folder)

    assert isinstance(FULL, Plural)
    assert [read_in("vi", FULL.format(count=count)) for count in (1, 5)] == ["1 nơi đã đầy.", "5 nơi đã đầy."]
    assert languages() == ("en", "es", "mam", "vi")
    assert read_in("mam", times.due("PT24H")) == "within 24 hours"


def test_a_coalitions_own_spanish_stands_before_the_programs(folder: Path) -> None:
    """Where it has the text; the rest is as ever."""
    write(folder, "es", home="No sale nada.")
    use_catalogues(folder)

    assert read_in("es", answers.AT_HOME) == "No sale nada."
    assert read_in("es", answers.UNDER_A_LAW) == in_spanish(Message(answers.UNDER_A_LAW)) != answers.UNDER_A_LAW


def test_a_folder_adds_a_language_to_the_program_and_over_http(router: CommandLine, folder: Path) -> None:
    """And without the folder it is not there."""
    pseudo.write_pseudo(folder)
    router.write("coalition.yaml", demo.coalition_bytes())
    router.write("profile.json", demo.profile_bytes("01-fifteen-at-2am"))
    assert router.run("load", "coalition.yaml").status == 0

    assert router.run("words", "check", "--language", pseudo.CODE).status == 0
    printed = router.run("route", "profile.json", "--language", pseudo.CODE)
    assert pseudo.longer(answers.SAFE_TO_TALK) in " ".join(printed.out.split())
    with running(demo_settings(router.folder, catalogues=folder)) as api:
        answer = api.client.get("/v1/services/none", headers={"Accept-Language": f"{pseudo.CODE}, en;q=0.5"})
    assert answer.headers["Content-Language"] == pseudo.CODE
    assert pseudo.not_translated(answer.json()["title"], ()) == []


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"Safe house: casa segura\n"])
def test_a_file_that_is_no_catalogue_is_refused_by_its_name(router: CommandLine, folder: Path, data: bytes) -> None:
    """At the start of the server, and by the check; nothing of what is in it is shown."""
    (folder / "vi.po").write_bytes(data)
    checked = router.run("words", "check", "--language", "vi")

    assert checked.status == 1
    assert "vi.po is not a catalogue" in checked.err
    assert router.run("serve", "--port", "8099").status == 1


def test_a_language_is_named_by_its_code(router: CommandLine) -> None:
    """A path, or a name, is none."""
    for wrong in ("../es", "Spanish", "es-MX", ""):
        assert router.run("words", "export", "--language", wrong).status == 2
