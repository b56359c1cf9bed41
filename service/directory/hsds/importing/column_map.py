"""The fields of HSDS that a document holds, and readings that depend on several fields of a record. Pure.

A value of another field, or an unreadable value, stays in the document's `extra` under its own name, so that the value
can go out again as it came in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.directory.standard.type_map import types_of
from service.i18n import imports
from service.i18n.languages import tag_of_name
from service.vocabulary import PLACE_TYPES, SERVICE_STATUSES, normal_term

from . import guess_from_text, parse_values
from .parse_values import TEXT, ValueForm

AGES = ("minimum_age", "maximum_age")
MOST_LATITUDE, SOUTHERNMOST = 90, -60  # south of which there is ice, and no agency
_NO_INTERPRETATION = frozenset(("no", "none", "n/a", "na", "-", "false", "not available", "unavailable", "unknown"))


@dataclass(frozen=True, slots=True)
class Setting:
    """The coalition's area codes, those by `guess_from_text.area_key` of a name of one area, and its `same_as`."""

    areas: frozenset[str]
    area_names: Mapping[str, str]
    same_as: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InferredField:
    """A reading of words: the field of a service, its value, the field with the words; HSDS has none if `malformed`."""

    about: str
    value: Any
    source: str
    malformed: bool


@dataclass(slots=True)
class ColumnReading:
    """A record as columns and `extra`, of its present fields (None: present and empty, or not readable).

    `unread` is (field, reason, whether the field departs from HSDS), `missing` (field, reason).
    """

    columns: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    unread: list[tuple[str, str, bool]] = field(default_factory=list)
    guesses: list[InferredField] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)

    def set_back(self, name: str, value: Any, reason: str | None = None) -> None:
        """Make a column unknown and keep the record's value; without a reason, no finding is reported."""
        self.columns[name], self.extra[name] = None, value
        if reason is not None:
            self.unread.append((name, reason, True))

    def guess(self, about: str, value: Any, source: str) -> None:
        """Note the reading of the words in the field `source`; the field is then no longer just unread."""
        malformed = any(entry[0] == source and entry[2] for entry in self.unread)
        self.unread = [entry for entry in self.unread if entry[0] != source]
        self.guesses.append(InferredField(about, value, source, malformed))


Adjust = Callable[[ColumnReading, Mapping[str, Any], Setting], object]


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """The fields of a type of record or part, its required fields, and the lists of its parts."""

    name: str
    columns: Mapping[str, ValueForm]
    required: tuple[str, ...] = ()
    parts: Mapping[str, ColumnLayout] = field(default_factory=dict)
    adjust: Adjust = lambda *_: None


def read_record(
    record: Mapping[str, Any], layout: ColumnLayout, setting: Setting, *, is_stored: bool = False
) -> ColumnReading:
    """Return `record` as columns; `is_stored`: a row of the record is stored, so that a required field may be absent.

    >>> setting = Setting(areas=frozenset(), area_names={}, same_as={})
    >>> reading = read_record({"name": "Detox", "minimum_age": "ages 11-17"}, SERVICE, setting)
    >>> reading.columns["minimum_age"], reading.extra["minimum_age"]
    (None, 'ages 11-17')
    >>> [(guess.about, guess.value) for guess in reading.guesses], reading.missing[0][0]
    ([('minimum_age', 11), ('maximum_age', 17)], 'status')
    """
    reading = ColumnReading()
    for key, value in record.items():
        if key in layout.parts and (value is None or isinstance(value, list)):
            continue
        if key in layout.parts:
            reading.extra[key] = value
            reading.unread.append((key, imports.NOT_A_LIST, True))
        elif key in layout.columns:
            _read_field(reading, layout.columns[key], key, value)
        else:
            reading.extra[key] = value
    layout.adjust(reading, record, setting)
    for key in layout.required:
        if reading.columns.get(key) is None and (key in record or not is_stored):
            form = layout.columns[key]
            reading.missing.append((key, imports.REQUIRED.format(wanted=form.description)))
    return reading


def _read_field(reading: ColumnReading, form: ValueForm, key: str, value: Any) -> None:
    empty = value is None or (isinstance(value, str) and not value.strip())
    column = None if empty else form.read(value)
    if column is None and not empty:
        reading.set_back(key, value, imports.IS_NOT.format(wanted=form.description))
    else:
        reading.columns[key], reading.extra[key] = column, None  # what an earlier import could not read is gone


def _adjust_language(reading: ColumnReading, record: Mapping[str, Any], _setting: Setting) -> None:
    name = reading.columns.get("name")
    if reading.columns.get("code") is None and name is not None:
        reading.columns["code"] = tag_of_name(name)
        if reading.columns["code"] is None and not record.get("code"):
            reading.unread.append(("name", imports.NOT_ONE_LANGUAGE, False))
    for source in ("code", "name") if reading.columns.get("code") is None else ():
        text = record.get(source)
        if isinstance(text, str) and (tags := guess_from_text.languages_in(text)):
            reading.guess("languages", tags, source)
            return


def _adjust_schedule(reading: ColumnReading, record: Mapping[str, Any], _setting: Setting) -> None:
    """Take the frequency from rows with uncertain hours: the rows are then of an unread form, hours unknown."""
    if record.get("timezone") is not None:
        reading.unread.append(("timezone", imports.NO_WALL_CLOCK, False))
    if reading.unread:
        reading.set_back("freq", record.get("freq"))
    text = record.get("description")
    silent = record.get("opens_at") is None and record.get("closes_at") is None
    if silent and isinstance(text, str) and (hours := guess_from_text.hours_in(text)):
        reading.guess("schedules", hours, "description")


def _adjust_area(reading: ColumnReading, _record: Mapping[str, Any], setting: Setting) -> None:
    name = reading.columns.get("name")
    if name is not None and name not in setting.areas:
        reading.unread.append(("name", imports.NO_AREA_CODE, False))
        if (code := guess_from_text.area_in(name, setting.area_names)) is not None:
            reading.guess("service_areas", [code], "name")


def _adjust_location(reading: ColumnReading, record: Mapping[str, Any], _setting: Setting) -> None:
    """Drop half a position, and the point at 0, 0, which stands for "not known" in many a directory."""
    latitude, longitude = (parse_values.LONGITUDE.read(record.get(name)) for name in ("latitude", "longitude"))
    beyond = latitude is not None and (abs(latitude) > MOST_LATITUDE or latitude < SOUTHERNMOST)
    changed = beyond and longitude is not None and abs(longitude) <= MOST_LATITUDE
    if changed or latitude == longitude == 0:
        reading.unread = [entry for entry in reading.unread if entry[0] != "latitude"]
        for name in ("latitude", "longitude"):
            reading.set_back(name, record[name], imports.CHANGED_PLACES if changed else imports.ZERO_IS_NONE)
        return
    for axis, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if reading.columns.get(axis) is None and reading.columns.get(other) is not None:
            reading.set_back(other, record[other], imports.STANDS_WITHOUT.format(one=axis))
            reading.columns[axis] = None


def _adjust_ages(reading: ColumnReading, record: Mapping[str, Any]) -> None:
    """Take back limits that cannot hold (a maximum of 0, or below the minimum), and read limits in words.

    The words stand in the fields of the limits or in the description of who is eligible.
    """
    lowest, highest = reading.columns.get("minimum_age"), reading.columns.get("maximum_age")
    if highest == 0:
        reading.set_back("maximum_age", record["maximum_age"], imports.ZERO_IS_NONE)
    elif lowest is not None and highest is not None and highest < lowest:
        for name in AGES:
            reading.set_back(name, record[name], imports.CONTRADICTS_AGE)
        return
    for source in (*AGES, "eligibility_description"):
        text = record.get(source)
        if source == "maximum_age" and parse_values.is_beyond_age(text):
            reading.guess("maximum_age", guess_from_text.NO_LIMIT, source)
        elif isinstance(text, str) and reading.columns.get(source) is None and (ages := guess_from_text.ages_in(text)):
            for about, age in zip(AGES, ages, strict=True):
                if reading.columns.get(about) is None and all(guess.about != about for guess in reading.guesses):
                    reading.guess(about, age, source)


def _adjust_service(reading: ColumnReading, record: Mapping[str, Any], setting: Setting) -> None:
    if isinstance(record.get("eligibility"), list) and not record.get("eligibility_description"):  # HSDS 1.1
        texts = (row.get("eligibility") for row in record["eligibility"] if isinstance(row, Mapping))
        text = "; ".join(map(str, filter(None, texts)))
        reading.extra["eligibility_description"] = text or None
        record = {**record, "eligibility_description": text}
    _adjust_ages(reading, record)
    if not isinstance(record.get("program"), Mapping | None):
        reading.unread.append(("program", imports.NOT_ONE_PROGRAM, True))
    interpretation = reading.columns.get("interpretation_services")
    if interpretation is not None and normal_term(interpretation).strip(" .") in _NO_INTERPRETATION:
        reading.set_back("interpretation_services", record["interpretation_services"])
    if "attributes" in record:
        attributes = record["attributes"]
        types = types_of(attributes if isinstance(attributes, list) else (), setting.same_as)
        reading.columns["types"] = sorted(types)


def _texts(*names: str) -> dict[str, ValueForm]:
    return dict.fromkeys(names, TEXT)


_LANGUAGE = ColumnLayout("language", {"code": parse_values.LANGUAGE, **_texts("name", "note")}, adjust=_adjust_language)
_PHONE = ColumnLayout(
    "phone", _texts("number", "extension", "type", "description"), ("number",), {"languages": _LANGUAGE}
)
_CONTACT = ColumnLayout("contact", _texts("name", "title", "department", "email"), (), {"phones": _PHONE})
_SCHEDULE = ColumnLayout(
    "schedule",
    {
        **_texts("freq", "byday", "byweekno", "bymonthday", "byyearday"),
        **dict.fromkeys(("interval", "count"), parse_values.COUNT),
        **dict.fromkeys(("opens_at", "closes_at"), parse_values.CLOCK),
        **dict.fromkeys(("valid_from", "valid_to", "dtstart", "until"), parse_values.DAY),
    },
    adjust=_adjust_schedule,
)
_ADDRESS_NEEDS = ("address_1", "city", "state_province", "postal_code", "country")
_ADDRESS = ColumnLayout(
    "address",
    {**_texts(*_ADDRESS_NEEDS, "attention", "address_2", "region"), "address_type": parse_values.one_of(PLACE_TYPES)},
    (*_ADDRESS_NEEDS, "address_type"),
)
_CAPACITY = ColumnLayout(
    "service_capacity",
    {
        "unit": parse_values.UNIT,
        **dict.fromkeys(("available", "maximum"), parse_values.COUNT),
        "description": TEXT,
        "updated": parse_values.INSTANT,
    },
    ("unit",),
)
_SERVICE_AREA = ColumnLayout(
    "service_area",
    {"name": parse_values.NAME, **_texts("description", "extent", "extent_type", "uri")},
    adjust=_adjust_area,
)

ORGANIZATION = ColumnLayout(
    "organization", _texts("name", "description"), ("name",), {"phones": _PHONE, "contacts": _CONTACT}
)
LOCATION = ColumnLayout(
    "location",
    {
        "name": TEXT,
        "location_type": parse_values.one_of(PLACE_TYPES),
        "latitude": parse_values.LATITUDE,
        "longitude": parse_values.LONGITUDE,
    },
    ("location_type",),
    {"languages": _LANGUAGE, "addresses": _ADDRESS, "contacts": _CONTACT, "phones": _PHONE, "schedules": _SCHEDULE},
    adjust=_adjust_location,
)
SERVICE = ColumnLayout(
    "service",
    {
        **_texts("name", "description", "interpretation_services"),
        "status": parse_values.one_of(SERVICE_STATUSES),
        **dict.fromkeys(("minimum_age", "maximum_age"), parse_values.AGE),
        "last_modified": parse_values.INSTANT,
    },
    ("name", "status"),
    {
        "phones": _PHONE,
        "schedules": _SCHEDULE,
        "service_areas": _SERVICE_AREA,
        "languages": _LANGUAGE,
        "contacts": _CONTACT,
        "capacities": _CAPACITY,
    },
    adjust=_adjust_service,
)
SERVICE_AT_LOCATION = ColumnLayout(
    "service_at_location",
    {"description": TEXT},
    (),
    {"phones": _PHONE, "schedules": _SCHEDULE, "service_areas": _SERVICE_AREA},
)
