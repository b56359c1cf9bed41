"""Public lines beside an answer: at most four that fit, as documents. They are called by anybody and share nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import policies
import routing
from policies.messages import TOGETHER, joined
from routing.cached_property import cached_property
from service.answers.builder.phones import signs
from service.answers.schemas.answer import PublicLine
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.standard.phone_numbers import dialable
from service.i18n import lines as wording

MOST_LINES = 4
SUSPECTED = frozenset({"suspected_parent_only", "court_suspected"})
"""Guardians who must not be reached."""


@dataclass(frozen=True)
class LineWriter:
    """Chooses and writes lines. Pure for one request.

    `danger`: words of danger; `guardian`: the guardian's word, None where not known.
    """

    directory: DirectorySnapshot
    profile: routing.Profile
    danger: frozenset[str] = frozenset()
    guardian: str | None = None

    def write(self, of_duties: Iterable[str], uncovered: Iterable[str]) -> list[PublicLine]:
        """Return the lines that fit, in the documented order.

        `of_duties`: purposes of the lines of shown duties. `uncovered`: types of needs left open.
        """
        lines: dict[str, PublicLine] = {}
        for purpose in self._purposes(of_duties, {*uncovered}):
            line = self.line(purpose)
            if line is not None:
                lines.setdefault(line.id, write_line(line, of_others=self.profile.third_party, today=self._today))
        return list(lines.values())[:MOST_LINES]

    def line(self, purpose: str, *, at_night: bool = False, takes_reports: bool | None = None) -> policies.Line | None:
        """Return the line for a purpose: of the state's rules, else its card, else the federal; None where avoided.

        `at_night`: only one that answers at every hour. `takes_reports`: only one that does, or that does not.
        """
        for line in policies.lines_of(self.directory.rulebook.names, self.directory.card):
            fits = line.purpose == purpose and line.kind not in self.profile.avoid and self._serves(line.serves)
            fits = fits and takes_reports in (None, line.takes_reports)
            if fits and (line.is_always_open or not at_night):
                return line
        return None

    def _serves(self, serves: policies.Serves) -> bool:
        """Say whether a line is for the client: by age where that is known, in the county, of a disability."""
        client = self.profile.client
        first, last = serves.ages
        too_young = client.age_max is not None and client.age_max < first
        too_old = last is not None and client.age_min is not None and client.age_min > last
        without = serves.disability and client.traits.get("disability") is False
        trafficked = client.traits.get("sex_trafficking") is True or client.traits.get("labor_trafficking") is True
        elsewhere = serves.counties and not self._counties.intersection(map(_county, serves.counties))
        return not (too_young or too_old or without or elsewhere or serves.mandated) and (
            trafficked or not serves.trafficking
        )

    @property
    def _today(self) -> date:
        return self.profile.at.astimezone(self.directory.snapshot.zone).date()

    @cached_property
    def _counties(self) -> frozenset[str]:
        """The names of the client's area and of those around it, as `_county` writes them."""
        area = self.profile.client.area
        around = () if area is None else self.directory.snapshot.ancestors(area)
        return frozenset(_county(self.directory.names.areas[code]) for code in around)

    def _purposes(self, of_duties: Iterable[str], uncovered: set[str]) -> Iterator[str]:
        client = self.profile.client
        minor = policies.age_from_range(client.age_min, client.age_max) == "minor"
        if "suicide" in self.danger:
            yield "suicide"
        if signs(client.languages) and not self.profile.third_party:
            yield "relay"
        yield from of_duties
        if minor and self._is("online_exploitation"):
            yield from ("online_exploitation", "images_online")
        if minor and self._is("foreign_national"):
            yield "foreign_minor"
        if minor and self._is("runaway") and self.guardian not in SUSPECTED:
            yield "missing_child"
        if minor and self._is("runaway"):
            yield "runaway"
        for trait, purpose in (
            ("tribal_citizen", "native"), ("domestic_violence", "domestic_violence"),
            ("sexual_assault", "sexual_assault"),
        ):  # fmt: skip
            if self._is(trait):
                yield purpose
        if minor and self._is("lgbtq"):
            yield "lgbtq_youth"
        if uncovered.difference(*self.directory.snapshot.service_types.order):
            yield "local_services"

    def _is(self, trait: str) -> bool:
        return self.profile.client.traits.get(trait) is True


def _county(name: str) -> str:
    """Return the name of a county as it is compared: `Clark County` is `Clark`."""
    return name.casefold().removesuffix(" county")


def write_line(line: policies.Line, *, of_others: bool = False, today: date | None = None) -> PublicLine:
    """Return a line as the API shows it. `of_others`: who calls cannot reach the client. No `today`, no review."""
    purpose = "suicide_of_others" if of_others and line.purpose == "suicide" else line.purpose
    word = None if line.text_first is None else {"word": line.text_first, "number": line.text or ""}
    confirm = None if today is None else wording.confirm_first(line.checked, line.confirm_after, today)
    sentences = (
        wording.plain(purpose, takes_reports=line.takes_reports, text_first=word),
        wording.ON_THE_WEB.format(web=line.web) if line.web else "",
        wording.RUN_BY.format(operator=line.operator) if line.operator else "",
        line.may_report or "",
        wording.corrected(line.by, line.checked) if line.by else "",
        confirm or "",
    )
    return {
        "id": line.id,
        "name": line.name,
        "for": line.purpose,
        "phone": line.phone,
        "tel": None if line.phone is None else dialable(line.phone),
        "sms": line.text,
        "hours": line.hours,
        "languages": list(line.languages),
        "plain": joined(sentences, TOGETHER),
        "web": line.web,
        "operator": line.operator,
        "may_report": line.may_report,
        "by": line.by,
        "checked": line.checked.isoformat(),
        "confirm": confirm,
    }
