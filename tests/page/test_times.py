"""Times on the pages: in the coalition's zone, whatever offset the interface gives them in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from api_builders import HOTLINE, Api
from hypothesis import given
from hypothesis import strategies as st
from page.test_intake import BED, SCOPES, listed, send, values, visible
from visitors import signed_in

from service.i18n.translation import LANGUAGES
from service.page.formatter import Formatter
from service.page.words import word

MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
ZONES = tuple(map(ZoneInfo, ("America/Chicago", "Asia/Kolkata", "Pacific/Honolulu")))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_deadline_of_what_was_sent_is_in_the_coalitions_zone(demo: Api, language: str) -> None:
    """As its sender reads it in the inbox; the interface gives it in UTC."""
    sender = signed_in(demo, HOTLINE, *SCOPES, Accept_Language=language)
    step = unescape(re.findall(r'name="step" value="([^"]+)"', send(sender, "/answer", BED))[0])
    form = {**listed(values(send(sender, "/referral", {**BED, "step": step}))), "agreed": "yes", "key": "zone"}

    sent = visible(send(sender, "/referral/send", form))
    inbox = visible(sender.get("/inbox?box=out").text)

    deadline = re.search(word(language, "referral.respond", moment=r"(.*?\d\d:\d\d)"), sent)
    assert deadline
    on_its_day = deadline[1][-len("14:46") :]  # the day is left out on the day itself
    assert any(word(language, "waits.due", moment=moment) in inbox for moment in (deadline[1], on_its_day))


@given(
    at=MOMENTS,
    sent_in=st.sampled_from(ZONES),
    zone=st.sampled_from(ZONES),
    language=st.sampled_from(LANGUAGES),
)
def test_a_moment_is_the_same_in_whatever_offset_it_came(
    at: datetime, sent_in: ZoneInfo, zone: ZoneInfo, language: str
) -> None:
    """One moment, one sentence; its clock is the zone's."""
    here = Formatter(language, zone)
    text = here.moment(at.isoformat(), at)

    assert text == here.moment(at.astimezone(sent_in).isoformat(), at)
    assert text.endswith(f"{at.astimezone(zone):%H:%M}")


@given(at=MOMENTS, now=MOMENTS, zone=st.sampled_from(ZONES), language=st.sampled_from(LANGUAGES))
def test_a_moment_says_its_year_where_that_is_another(
    at: datetime, now: datetime, zone: ZoneInfo, language: str
) -> None:
    """By the calendar of the zone: a count of last March does not read like one of this March."""
    year, today = at.astimezone(zone).year, now.astimezone(zone).year
    assert (str(year) in Formatter(language, zone).moment(at, now)) == (year != today)
