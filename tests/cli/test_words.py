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
from service.i18n import answers, pages, setup, times
from service.i18n.entry_faults import fault_of
from service.i18n.translation import languages, read_in, use_catalogues
from service.maintenance.catalogue import list_texts

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
    "call": pages.LABEL["phone"],
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
        return [parts[1] for parts in rows if "page_texts" not in parts[0]]

    assert about(answers.AT_HOME) == []
    assert about(answers.MAY_BE_SAID) == about(answers.LEFT_UNSAID) == ["other placeholders than the English"]
    assert about(pages.LABEL["phone"]) == ["longer than 11 signs"]
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


PLURALS = "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural={};\\n"
HEADER = f'msgid ""\nmsgstr "{PLURALS}"\n\nmsgid "{answers.AT_HOME}"\nmsgstr "Vi."\n'
NO_CATALOGUE, BAD_FORMULA = "vi.po is not a catalogue", "vi.po has a plural formula that fails"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xfe\x00", NO_CATALOGUE),
        (b"Safe house: casa segura\n", NO_CATALOGUE),
        (HEADER.format("n != 1").replace("utf-8", "nonsense").encode(), NO_CATALOGUE),
        (HEADER.format("n != 1").replace("2;", "many;").encode(), NO_CATALOGUE),
        (b'msgid "a\0b\0c"\nmsgstr "d"\n', NO_CATALOGUE),
        (HEADER.format("n + ").encode(), BAD_FORMULA),
        (HEADER.format("7 % n").encode(), BAD_FORMULA),
        (HEADER.format("n == 200 ? 2 : 0").encode(), BAD_FORMULA),
        (HEADER.format("n - 1").encode(), BAD_FORMULA),
        (HEADER.format("(" * 30 + "n" + ")" * 30).encode(), BAD_FORMULA),
    ],
    ids=["bytes", "text", "charset", "number of forms", "zeros", "syntax", "by zero", "form 2", "form -1", "nested"],
)
def test_a_bad_file_is_no_language_and_stops_nothing(
    router: CommandLine, folder: Path, caplog: pytest.LogCaptureFixture, data: bytes, reason: str
) -> None:
    """The check says what is wrong; the server leaves the file out, logs why, and serves every other language."""
    (folder / "vi.po").write_bytes(data)
    write(folder, "mam", home="Mam.")
    (folder / "qu.po").mkdir()
    checked = router.run("words", "check", "--language", "vi")
    exported = router.run("words", "export", "--language", "vi")
    with running(demo_settings(router.folder, catalogues=folder)) as api:
        languages_read = [
            api.client.get("/v1/services/none", headers={"Accept-Language": tag}).headers["Content-Language"]
            for tag in ("vi", "es", "mam")
        ]

    assert (checked.status, exported.status, exported.out) == (1, 1, "")
    assert reason in checked.err
    assert languages_read == ["en", "es", "mam"]
    left_out = [vars(record)["reason"] for record in caplog.records if record.message == "a catalogue is left out"]
    assert len(left_out) == 2
    assert any(reason in line for line in left_out)


def test_forms_of_another_formula_are_found(router: CommandLine, folder: Path) -> None:
    """Tools write Spanish with three forms, the third for most counts; the program's files have two."""
    catalogue = Catalog("es")
    catalogue.mime_headers = [("Plural-Forms", "nplurals=3; plural=n == 1 ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2")]
    catalogue.add((FULL.template, FULL.many), ("{count} lleno.", "{count} de llenos.", "{count} llenos."))
    with (folder / "es.po").open("wb") as out:
        write_po(out, catalogue)
    use_catalogues(folder)

    assert [read_in("es", FULL.format(count=count)) for count in (1, 5)] == ["1 lleno.", "5 llenos."]
    assert router.run("words", "check", "--language", "es").status == 0


def test_other_numbers_are_refused_until_they_are_reviewed(router: CommandLine, folder: Path) -> None:
    """A wrong number is never read; one that differs on purpose is, once a reviewed file has that very translation."""
    hours, counted = Message("Monday to Friday, 8:00 to 16:30"), ("{count} nơi, 911.", "{count} nơi đã đầy.")

    def problems() -> list[str]:
        lines = router.run("words", "check", "--language", "vi").out.splitlines()
        return [line.split(": ")[1] for line in lines if line.endswith((f": {hours}", f": {FULL.template}"))]

    def put(into: Path, text: str, full: str) -> None:
        into.mkdir(exist_ok=True)
        catalogue = Catalog("vi")
        catalogue.add(hours, text)
        catalogue.add((FULL.template, FULL.many), (full,))
        with (into / "vi.po").open("wb") as out:
            write_po(out, catalogue)
        use_catalogues(folder)

    put(folder, "Thứ Hai: \u0668:\u0660\u0660 - 16.30", counted[1])
    assert problems() == []
    put(folder, "Thứ Hai: 8:00 - 4:30", counted[0])
    assert problems() == ["other numbers than the English"] * 2
    assert read_in("vi", [hours, FULL.format(count=2)]) == [hours, FULL.format(count=2)]
    put(folder / "reviewed", "Thứ Hai: 8:00 - 4:30", counted[1])
    assert problems() == ["other numbers than the English"]
    assert read_in("vi", hours) == "Thứ Hai: 8:00 - 4:30"
    put(folder, "Thứ Hai: 8:00 - 4:31", counted[1])
    assert problems() == ["other numbers than the English"]
    (folder / "es.po").write_bytes((folder / "vi.po").read_bytes())
    use_catalogues(folder)
    assert read_in("es", hours) == in_spanish(hours) != hours


@pytest.mark.parametrize(
    ("formula", "forms", "fault"),
    [
        ("nplurals=2; plural=n != 1", ("Một.", "{count}."), None),
        ("nplurals=2; plural=n != 1", ("{count}.", "Nhiều."), setup.SLOTS_DIFFER),
        ("nplurals=2; plural=n > 1", ("Một.", "{count}."), setup.SLOTS_DIFFER),
        ("nplurals=1; plural=0", ("{count}.",), None),
        ("nplurals=2; plural=n != 1", ("{count}.",), setup.FORMS_DIFFER),
    ],
    ids=["one alone", "no number", "0 and 1", "one form", "a form too few"],
)
def test_a_form_says_how_many_unless_it_is_for_one_alone(
    formula: str, forms: tuple[str, ...], fault: Message | None
) -> None:
    """As "One bed is free." may; in French that form is for 0, too."""
    catalogue = Catalog("vi")
    catalogue.mime_headers = [("Plural-Forms", formula)]
    entry = catalogue.add(("One.", "{count}."), forms)

    assert fault_of(entry, catalogue, Catalog()) == fault


def test_a_language_is_named_by_its_code(router: CommandLine) -> None:
    """A path, or a name, is none."""
    for wrong in ("../es", "Spanish", "es-MX", ""):
        assert router.run("words", "export", "--language", wrong).status == 2
