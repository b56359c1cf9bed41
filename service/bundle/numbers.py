"""Words beside a number that say that it is no house's; `addresses` reads texts by them."""

from __future__ import annotations

COUNTED = frozenset((
    "adult", "adults", "advocate", "advocates", "agencies", "agency", "am", "and", "april", "are", "as", "at",
    "august", "bed", "bedroom", "bedrooms", "beds", "block", "blocks", "boy", "boys", "but", "by", "caller",
    "callers", "child", "children", "cities", "city", "class", "classes", "client", "clients", "counties",
    "county", "crib", "cribs", "day", "days", "december", "dollars", "families", "family", "february", "for",
    "fri", "friday", "from", "girl", "girls", "group", "groups", "guest", "guests", "h", "hour", "hours", "hr",
    "hrs", "if", "in", "individual", "individuals", "is", "january", "july", "june", "kid", "kids", "km",
    "language", "languages", "line", "lines", "location", "locations", "man", "march", "may", "meal", "meals",
    "men", "midnight", "mile", "miles", "min", "mins", "minute", "minutes", "mon", "monday", "month", "months",
    "night", "nights", "noon", "november", "october", "of", "office", "offices", "old", "on", "or", "parent",
    "parents", "people", "per", "percent", "person", "persons", "phone", "phones", "pm", "resident",
    "residents", "room", "rooms", "sat", "saturday", "second", "seconds", "september", "session", "sessions",
    "site", "sites", "slot", "slots", "space", "spaces", "staff", "state", "states", "step", "steps", "student",
    "students", "sun", "sunday", "survivor", "survivors", "teen", "teens", "than", "that", "they", "this",
    "through", "thu", "thurs", "thursday", "time", "times", "to", "tue", "tues", "tuesday", "unit", "units",
    "until", "victim", "victims", "visit", "visits", "was", "we", "wed", "wednesday", "week", "weekday",
    "weekdays", "weekend", "weeks", "were", "who", "with", "woman", "women", "year", "years", "yo", "you",
    "youth", "youths", "yr", "yrs",
))  # fmt: skip
"""What stands after a number that counts something, or after any number in a sentence: it begins no street's name."""

NUMBERED = frozenset((
    "age", "aged", "ages", "article", "chapter", "form", "grade", "level", "over", "phase", "section", "since",
    "tier", "title", "under", "until", "version",
))  # fmt: skip
"""What stands before a number that is no house's."""
