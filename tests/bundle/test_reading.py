"""What may be in a file, before anybody asks what it means."""

from __future__ import annotations

import json
import math
import time
from datetime import date
from typing import Any

import pytest
from bundle_builders import GOOD_YAML, bundle_bytes, good_bundle, put

from service.directory.bundle import BundleRefused, read_bundle
from service.directory.bundle.checks import check_document
from service.directory.use_cases.import_limits import most_values_in
from service.documents.yaml_events import DEEPEST


def refusal_of(data: bytes) -> list[str]:
    with pytest.raises(BundleRefused) as refusal:
        read_bundle(data)
    return [str(problem) for problem in refusal.value.problems]


def test_yaml_and_json_say_the_same() -> None:
    """A bundle reads alike from YAML and from JSON, whatever the file is called."""
    from_yaml = read_bundle(GOOD_YAML.encode())

    from_json = read_bundle(bundle_bytes(good_bundle()))

    assert from_yaml == from_json


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    """A file saved with a byte order mark reads like one without."""
    assert read_bundle(b"\xef\xbb\xbf" + GOOD_YAML.encode()) == read_bundle(GOOD_YAML.encode())


def test_what_a_bundle_writes_out_reads_back_as_the_same() -> None:
    """A bundle's own JSON is a bundle, equal to the first."""
    bundle = read_bundle(GOOD_YAML.encode())

    again = read_bundle(bundle.model_dump_json(by_alias=True, exclude_defaults=True).encode())

    assert again == bundle


def test_the_traps_of_old_yaml_are_shut() -> None:
    """`on`, `no` and `9:30` are text, days stay days, and a leading zero is kept."""
    text = GOOD_YAML.replace("{code: en}", "{code: no}").replace('opens_at: "00:00"', "opens_at: 09:30")
    text = text.replace('postal_code: "78701"', "postal_code: 01234")

    organization = read_bundle(text.encode()).organizations[0]

    service = organization.services[0]
    assert organization.coalition is not None
    assert organization.coalition.declared is not None
    assert organization.coalition.declared.on == date(2026, 1, 10)
    assert service.languages[0].code == "no"
    assert str(service.schedules[0].opens_at) == "09:30:00"
    assert organization.locations[0].addresses[0].postal_code == "01234"


def test_an_alias_stands_for_what_it_names() -> None:
    """An alias is written out where it stands, so that shared hours need to be typed once."""
    text = GOOD_YAML.replace("service_areas: [{name: travis}]", "service_areas: &areas [{name: travis}]")
    text = text.replace("status: temporarily closed,", "status: temporarily closed, service_areas: *areas,")

    bundle = read_bundle(text.encode())

    assert bundle.organizations[2].services[0].service_areas == bundle.organizations[0].services[0].service_areas


def test_null_is_the_same_as_absent() -> None:
    """A null is read as if the key were not there, for lists and switches too."""
    document = good_bundle()
    for path in ("agreements[0].types", "organizations[1].phones", "organizations[0].services[0].referral.designated"):
        put(document, path, None)

    bundle = read_bundle(bundle_bytes(document))

    assert bundle.agreements[0].types is None
    assert bundle.organizations[1].phones == ()
    assert bundle.organizations[0].services[0].referral.designated is False


BOMB = (
    b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + b"\n".join(b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 9))
    + b"\n"
)

UNREADABLE = {
    "empty": (b"", "is empty"),
    "only a comment": (b"# nothing\n", "is empty"),
    "not UTF-8": (b"coalition:\n  name: \xff\xfe", "must be UTF-8 text; line 2"),
    "half a UTF-8 character": ("coalition: é".encode()[:-1], "must be UTF-8"),
    "a list": (b"[1, 2]", "must be a mapping"),
    "a word": (b"hello", "must be a mapping"),
    "two documents": (b"a: 1\n---\nb: 2\n", "one document"),
    "broken flow": (b"coalition: {slug: x", "not readable"),
    "broken JSON": (b'{"coalition": ', "not readable"),
    "a tab for indentation": (b"coalition:\n\tslug: x\n", "not readable"),
    "a control character": (b"coalition: \x07\n", "not readable"),
    "a tag": (b"coalition: !!python/object/apply:os.system [id]\n", "tag"),
    "a binary tag": (b"coalition: !!binary aGVsbG8=\n", "tag"),
    "an alias of nothing": (b"coalition: *nowhere\n", "alias"),
    "an alias within itself": (b"coalition: &loop [*loop]\n", "alias"),
    "an alias bomb": (BOMB, "values"),
    "deep YAML": (b"[" * 5000 + b"]" * 5000, "nested"),
    "deep block YAML": (b"- " * 2000 + b"x", "nest"),
    "deep JSON": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nest"),
    "slightly too deep": (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), "nested deeper"),
}


@pytest.mark.parametrize(("data", "says"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_a_problem_of_the_whole(data: bytes, says: str) -> None:
    """A file that is no bundle at all is one problem of the file, never a traceback."""
    problems = refusal_of(data)

    assert len(problems) == 1
    assert problems[0].startswith("bundle: ")
    assert says in problems[0]


SLIPS = {
    "a colon in a text": (b"name: a\nplace: Bend: north\n", "line 2, column 12", "needs quotes"),
    "a tab": (b"coalition:\n\tslug: x\n", "line 2, column 1", "there is a tab"),
    "an open quote": (b'a: 1\nb: "text\nc: 2\nd: 3\n', "line 2, column 4", "quotation mark"),
    "an open bracket": (b"areas: [a, b\nforms: 1\n", "line 1, column 8", "bracket"),
    "a sign that opens no text": (b"a: 1\nb: @x\n", "line 2, column 4", "needs quotes"),
    "a line out of line": (b"a:\n  - b\n c: d\n", "line 3, column 2", "indented alike"),
    "JSON with an open quote": (b'{"a": 1,\n "b": "x}\n', "line 2, column 7", "quotation mark"),
    "a second document": (b"a: 1\n---\nb: 2\n", "line 2, column 1", "one document"),
    "an alias of nothing": (b"a: 1\nb: *x\n", "line 2, column 4", "alias"),
    "a tag": (b"a: 1\nb: !!binary x\n", "line 2, column 4", "tag"),
}


@pytest.mark.parametrize(("data", "place", "says"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_told_with_line_and_column(data: bytes, place: str, says: str) -> None:
    """Where it is, or where that begins which is not closed, and what to look for there."""
    [problem] = refusal_of(data)

    assert place in problem
    assert says in problem


MISREAD = {
    "YAML key twice": (b"coalition: {slug: a, slug: b}\n", "coalition.slug: is given twice"),
    "JSON key twice": (b'{"areas": [{"code": "a", "code": "b"}]}', "areas[0].code: is given twice"),
    "NaN in YAML": (b"areas: [{latitude: .nan}]\n", "areas[0].latitude: must be a finite number"),
    "infinity in YAML": (b"areas: [{latitude: -.inf}]\n", "areas[0].latitude: must be a finite number"),
    "NaN in JSON": (b'{"areas": [{"latitude": NaN}]}', "areas[0].latitude: must be a finite number"),
    "overflow in JSON": (b'{"areas": [{"latitude": 1e999}]}', "areas[0].latitude: must be a finite number"),
    "a huge integer": (b'{"areas": [{"latitude": 1%s}]}' % (b"0" * 400), "must be a number of ordinary size"),
    "a number as a key": (b"coalition: {1: x}\n", "coalition: every key must be text"),
    "a list as a key": (b"coalition: {[a]: x}\n", "coalition: every key must be text"),
    "NUL": (b'{"coalition": {"name": "a\\u0000b"}}', "coalition.name: must not hold a NUL"),
    "half a surrogate pair": (b'{"coalition": {"name": "\\ud800"}}', "coalition.name: must not hold a NUL"),
    "a merge key": (b"coalition: {<<: {slug: a}}\n", "coalition.<<: is not a field here"),
}


@pytest.mark.parametrize(("data", "says"), MISREAD.values(), ids=MISREAD)
def test_what_is_misread_elsewhere_is_refused_by_its_place(data: bytes, says: str) -> None:
    """What other readers pass over or guess at is refused, and other problems are still listed beside it."""
    problems = refusal_of(data)

    assert any(says in problem for problem in problems)
    assert "coalition.timezone: is required" in problems or "coalition: is required" in problems


def test_a_number_too_long_to_convert_is_a_problem() -> None:
    """Digits beyond what Python converts are refused like any other text in the wrong place."""
    data = json.dumps(good_bundle()).replace('"minimum_age": 11', '"minimum_age": ' + "9" * 5000).encode()

    assert refusal_of(data)


def test_a_file_may_hold_a_whole_state() -> None:
    """Twenty thousand agencies are five million values, which more memory lets in: what is wrong in them is told."""
    data = b'{"coalition": [' + b"0," * 5_000_000 + b"0]}"

    with pytest.raises(BundleRefused) as refusal:
        read_bundle(data, most_values_in(2048))
    assert [str(problem) for problem in refusal.value.problems] == ["coalition: must be a mapping of fields"]
    assert "must not hold more than 3000000 values" in refusal_of(data)[0]
    assert most_values_in(160) == most_values_in(1024) == 3_000_000


def test_references_take_as_long_for_each_agency_in_a_large_directory() -> None:
    """Sixteen times the agencies that accept from each other take no more than forty times as long to look through."""
    took = {}
    for number in (500, 8000):
        agencies: list[dict[str, Any]] = [
            {"id": f"a-{at}", "services": [{"id": f"s-{at}", "referral": {"accepts_from": [f"a-{at - 1}", "a-0"]}}]}
            for at in range(1, number)
        ]
        tree = {"organizations": [{"id": "a-0"}, *agencies]}
        took[number] = math.inf
        for _ in range(3):
            start = time.process_time()
            assert list(check_document(tree)) == []
            took[number] = min(took[number], time.process_time() - start)
    assert took[8000] < 40 * took[500]
