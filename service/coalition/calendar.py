"""Due items as a calendar to import (RFC 5545): a whole-day entry for each item. Pure, the same bytes each time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event

from service.coalition.due_items import FOLLOW_UP, DueItems
from service.i18n import coalition
from service.i18n.translation import ENGLISH, read_in


def draw_calendar(due: DueItems, language: str = ENGLISH) -> str:
    """Return the items of a list as `text/calendar`, in a language. An entry about the same keeps its UID."""
    calendar = Calendar()
    calendar.add("prodid", "-//referral-router//due//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for item in due.items():
        entry = Event()
        about = f"{item.kind} {item.organization} {item.href} {item.due} {item.plain}"
        entry.add("uid", str(uuid5(NAMESPACE_URL, about)))
        entry.add("dtstamp", datetime.combine(due.today, time(), UTC))
        entry.add("dtstart", item.due)
        entry.add("dtend", item.due + timedelta(days=1))
        summary = coalition.ENTRY.format(organization=due.visible.name(item.organization), plain=item.plain)
        if item.kind == FOLLOW_UP:  # a calendar lies open on a phone, so it names nobody
            summary = coalition.FOLLOW_UP
        entry.add("summary", str(read_in(language, summary)))
        entry.add("categories", [item.kind])
        entry.add("transp", "TRANSPARENT")
        calendar.add_component(entry)
    return bytes(calendar.to_ical()).decode()
