"""Which texts read like an address or a position, and which do not, whoever lives there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers, sampled_from
from length import draws

from service import demo
from service.directory.bundle.addresses import (
    COUNTED,
    NO_STREETS,
    NUMBERED,
    names_place,
    reads_like_place,
    words_of_address,
)
from service.directory.withheld import tellers
from service.documents.document import parse_document

PLACES = (
    "3 Hidden Sedge Way", "at 3 Sedge", "Twelve Leakcanary Lane", "twenty one hidden sedge way", "three sedge road",
    "Number three, Hidden Sedge Way", "Broadway 12", "come to Broadway 12, second door", "hidden sedge way 3",
    "Hidden Sedge Way #3", "Hidden Sedge No. 3", "Calle de la Luz 12 y", "Hauptstraße 5", "31.2877, -97.7419",
    "31 17 15 N 97 44 31 W", "N 31 17.262 W 97 44.514", "31 deg 17' 15\"", "31\xba17", "31\xb017'15\"N", "8645+QWX",
    "thirty-one point two eight", "https://x.example/3%20Hidden%20Sedge%20Way", "\uff13 Hidden Sedge Way",
    "$18 wicket row",
    "since 3 Hidden Sedge Way", "Level 3 Hidden Sedge", "$3 Hidden Sedge Way", "ages 1 to 3 Hidden Sedge Way",
    "%12 Creekstone Drive", "1:40 Lantern Yard", "$31.2877, $97.7419", "31.28% -97.74%", "title 3 hidden sedge way",
)  # fmt: skip
ELSEWHERE_WRITTEN = (
    "https://www.google.com/maps/place/X", "https://maps.google.com/?q=x", "maps.app.goo.gl/AbCdEfGh",
    "goo.gl/maps/xyz", "google.de/maps/@x", "https://maps.apple.com/?address=x", "https://maps.apple/p/abc",
    "https://osm.org/go/ZZabc--", "https://www.openstreetmap.org/way/12345", "https://bing.com/maps?cp=x",
    "https://waze.com/ul/h9v6", "geo:31.3,-97.7", "///filled.count.soap", "what3words filled.count.soap",
    "https://w3w.co/filled.count.soap", "at filled.count.soap", "86452XHQ+5QW", "8645+QW Tarn Ford",
    "plus code 5QWM+2X", "https://plus.codes/86452XHQ+5Q", "9v6kpvx1", "geohash 9v6kp", "geohash: 9v6kpv",
    "http://geohash.org/9v6kpv", "31.28 -97.74", "31.287N 97.741W", "N31.287 W97.741", "lat 31.29, lon -97.74",
    "latitude: 31.3 longitude: -97.7", "31\xb017'15.7\"N 97\xb044'30.8\"W", "31d17m15s", "31 17 15N 97 44 31W",
    "31\xb0 17.26' N", "12Sedge Way", "12sedge way", "at 12Sedge", "12bHidden Sedge Way", "XII Sedge Way",
    "III Hidden Sedge Road", "number 12 on Sedge", "Number 12, on sedge way", "no. 12 on the Loop",
    "No 12 in Sedge Way", "# 12 on Hidden Sedge", "number twelve on Sedge Way", "nr 12 along the Sedge",
    "house number 12 off Sedge", "14RPU2153247112", "mgrs 14r pu 21532 47112", "UTM 14 621532 3347112",
    "14R 621532E, 3347112N",
    "twelve sedge way", "two sedge way", "doce Sedge Way", "doce sedge way", "Veintiuno Sedge Lane", "Once Sedge Way",
    "treinta y dos hidden sedge way", "Calle Hidalgo doce", "Calle de la Luz, número doce", "1200 block of Sedge",
    "the 1200 block of sedge", "1200-block of Hidden Sedge", "300 block of E. Sedge", "twelve hundred block of Sedge",
    "12 Niños Héroes", "Calle 5 de Mayo 12", "en el 5 de mayo 12", "el 5 de mayo no. 12", "de 9 a 11 Sedge",
    "12 block of Sedge Way", "1200 block on Sedge", "bus 12 stops at 3 Sedge Way", "Bus 12 Sedge Way",
)  # fmt: skip
HARMLESS = (
    "open 24/7", "since 1998", "2 beds", "call 555-0100 ext 12", "ages 11-17", "within 3 days", "1-800 number",
    "Form I-914", "Form I-918 Supplement B", "Title IV-E", "World War II veterans", "Phase III housing",
    "a 24hour line", "12month program", "the 1st and 3rd Monday", "the 12th of May", "number 12 on the waiting list",
    "number 1 in Texas", "No. 3 on our list", "press number 2 on your phone", "question number 4 on the form",
    "see google.com", "maps of Texas", "we map needs", "intake.shelter.info", "www.example.org", "help.shelter.care",
    "plus 2 children", "5+ beds", "18+", "ratio 1.5 to 2.25", "rated 4.85 of 5", "version 1.2.3", "HB1234",
    "Case A12345", "W-9", "1099-NEC", "501c3", "F-211 visas", "mile 12", "apply at apple.com", "the II Annual Walk",
    "I walk the Way", "LIV Court of Appeals", "EIN 12-3456789", "NPI 1234567890", "grant 90CV0123 of 2024",
    "Bus 12 stops nearby", "take bus 7", "bus 12 runs all night", "Train 4 leaves at noon", "tram 9 goes there",
    "one sure way to reach us", "once under way", "We called once on the way", "two ways to call", "a two way street",
    "twelve steps along the way", "they once found their way here", "dos camas libres", "doce pasos", "seis familias",
    "Calle Ocho", "within 2 blocks of City Hall", "3 blocks from the courthouse", "a block of 12 rooms",
    "a 4 hour block of time", "tres veces al mes", "once Maria Found Help", "a hundred block captains",
    "12 camas", "2 habitaciones", "abierto las 24 horas", "lunes a viernes de 9 a 5", "edades de 11 a 17",
    "de 11 a 17 años", "hasta 3 niños", "6 semanas", "18 o más", "desde el 12 de mayo", "el 3 de junio de 2026",
    "Capítulo 13", "3 veces por semana", "a 10 millas",
)  # fmt: skip
SENTENCES = (
    "3 beds", "ages 11-17", "24-hour line", "Open 24/7", "555-0100", "Dial 988", "Call 211.", "Suite 3", "Capacity 40",
    "Beds: 12", "One Stop Center", "One safe place to stay", "Two case managers", "We opened in 2015, and grew",
    "Founded 1998.", "Austin, Texas 78701", "Mon 9-5, Sat 10-2", "9 to 5", "one blood drive a month", "50% off",
    "one domestic violence court advocate", "Floor 2, Room 4", "Step 12.", "Section 8", "a 501(c)(3)", "Chapter 57",
    "three days in a row", "one way to reach us", "twelve step program", "18 U.S.C. 1591", "Level 2", "March 3, 2026",
    "https://988lifeline.org", "COVID-19", "call (512) 555-0100", "4 p.m. to 8 p.m.", "2 degrees", "12 step",
    "Edition 2", "Room 4", "Title IX", "Building Bridges", "Route 66 Outreach", "Team 7", "Category 2", "Cohort 3",
    "Plan 9", "Local 404", "Hotline 2", "Parenting 101", "2-1-1 Texas", "42 CFR Part 2", "Heart 2 Heart", "Psalm 23",
    "Section 8 vouchers", "Level 3 trauma center", "Under 21 only", "Chapter 13 bankruptcy", "$20 copay", "Priority 1",
)  # fmt: skip


@pytest.mark.parametrize("text", PLACES + ELSEWHERE_WRITTEN)
def test_what_reads_like_a_place(text: str) -> None:
    assert reads_like_place(text)
    assert reads_like_place(f"The house: {text}")


@pytest.mark.parametrize("text", SENTENCES + HARMLESS)
def test_what_does_not(text: str) -> None:
    assert not reads_like_place(text)


@pytest.mark.parametrize(("coalition", "least"), [("four-counties", 300), ("salt-prairie", 60)])
def test_no_public_text_of_a_demo_reads_like_a_place(coalition: str, least: int) -> None:
    """But in places themselves: of all texts that agencies say of themselves and agree on, none would be withheld."""
    bundle, _ = parse_document(demo.coalition_bytes(coalition))
    texts = texts_in({name: rows for name, rows in bundle.items() if name != "coalition"})

    assert len(texts) > least
    assert [text for text in texts if reads_like_place(text)] == []


@pytest.mark.parametrize("coalition", ["four-counties", "salt-prairie"])
@given(
    before=sampled_from(["", *sorted(COUNTED | NUMBERED | NO_STREETS)]),
    sign=sampled_from(
        ["", "$", "$ ", "#", "(", "-", "ages 1 to ", "1:", "2026-01-", "555-0100-", "24/7 ", "%", "call "]
    ),
    after=sampled_from(["", "%", " pm", ":30", " USC", " to 17", ", second door", " beds"]),
    between=sampled_from([" ", "-", ", ", "/", ". ", "\n", "% ", " % "]),
    change=sampled_from([str, str.lower, str.upper, str.title]),
    which=integers(0, 99),
)
@settings(max_examples=draws(400), deadline=None)
def test_a_street_is_read_as_one_whatever_stands_around_it(
    coalition: str, before: str, sign: str, after: str, between: str, change: Callable[[str], str], which: int
) -> None:
    """No word or sign that makes a number no house's hides a street: its words, one after the other, are read."""
    streets = sorted(set(streets_of(coalition)))
    street = between.join(change(streets[which % len(streets)]).split(" "))
    text = f"{before} {sign}{street}{after}"

    houses = tellers({tuple(words_of_address(street)): {"house"}}, text)
    assert not houses or reads_like_place(text)


def test_each_street_is_looked_up_once_whether_a_text_tells_it_or_not() -> None:
    """However many are told: who times an answer learns how many private places there are, and not which."""
    looked_up: list[int] = []

    class Counted(tuple[str, ...]):
        __slots__ = ()

        def __hash__(self) -> int:
            looked_up.append(1)
            return super().__hash__()

    lines = {Counted((str(number), "sedge", "way")): {"house"} for number in range(1, 9)}
    work = []
    for text in ("Ask at 3 Sedge Way", "Ask at 30 Sedge Way", "Ask at 3 Sedge Way, 4 Sedge Way", "Ask for a bed there"):
        looked_up.clear()
        tellers(lines, text)
        work.append(len(looked_up))

    assert len(set(work)) == 1


def streets_of(coalition: str) -> Iterator[str]:
    bundle, _ = parse_document(demo.coalition_bytes(coalition))
    for organization in bundle["organizations"]:
        for place in organization.get("locations", ()):
            yield from (address["address_1"] for address in place.get("addresses", ()))


def texts_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for key, item in value.items() if key not in ("locations", "declared") for text in texts_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize(
    ("name", "is_place"),
    [
        ("3-hidden-sedge-way", True),
        ("three-hidden-sedge-way", True),
        ("12sedge-way", True),
        ("team-3-beds", False),
        ("one-safe-place", False),
    ],
)
def test_names(name: str, is_place: bool) -> None:
    assert names_place(name) is is_place


def test_numbers_in_words_and_digits_are_the_same_house() -> None:
    assert words_of_address("Three Hidden Sedge Way") == words_of_address("3, hidden sedge WAY")


def test_two_streets_that_meet_are_a_place() -> None:
    """In either language, and only after a word that says that they meet: two names side by side aren't one."""
    for text in (
        "Corner of Sedge Way and Heron Row", "at the intersection of 5th & Main",
        "calle Juncal esquina con Avenida Garza", "en la esquina de la calle Juncal",
    ):  # fmt: skip
        assert reads_like_place(text), text
    for text in (
        "Food & Clothing", "a quiet corner of the room", "the corner of our lobby and the hall",
        "the intersection of housing and health", "en la esquina de la sala",
    ):  # fmt: skip
        assert not reads_like_place(text), text
