"""Words beside a number that tell a count or a name from a house number; `addresses` reads texts by these lists."""

from __future__ import annotations

COUNTED = frozenset((
    "adult", "adults", "advocate", "advocates", "agencies", "agency", "am", "and", "april", "are", "as", "at",
    "august", "bed", "bedroom", "bedrooms", "beds", "block", "blocks", "boy", "boys", "but", "by", "caller",
    "callers", "child", "children", "cities", "city", "class", "classes", "client", "clients", "counties",
    "county", "crib", "cribs", "day", "days", "december", "degree", "degrees", "dollars", "families", "family",
    "february", "for",
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
"""Words after a number that counts (`3 beds`), or after any number in a sentence: no street's name begins so."""

NUMBERED = frozenset((
    "age", "aged", "ages", "article", "chapter", "form", "grade", "level", "over", "phase", "section", "since",
    "tier", "title", "under", "until", "version",
))  # fmt: skip
"""Words before a number that is no house number, if the phrase ends there or a word of `FOLLOWS_NUMBERED` follows."""

FOLLOWS_NUMBERED = frozenset((
    "bankruptcy", "benefits", "can", "care", "certified", "clients", "code", "compliance", "eligible", "funding",
    "have", "has", "housing", "must", "need", "needs", "only", "rights", "services", "serves", "serving", "support",
    "supports", "trauma", "voucher", "vouchers", "welcome",
))  # fmt: skip
"""Words after a number that follows a word of `NUMBERED`: `Section 8 vouchers`, `Level 3 trauma center`."""

_ONES = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred")
SPELLED = {word: str(number) for number, word in enumerate(_ONES, 1)} | {
    word: str(10 * number) for number, word in enumerate(_TENS, 2)
}
"""Numbers written as words, each with its digits: `three` and `3`."""

NO_STREETS = COUNTED | NUMBERED | frozenset((
    "about", "accepts", "act", "admits", "almost", "amendment", "apartment", "appendix", "approximately", "apr", "apt",
    "around", "aug", "bill", "bldg", "box", "budgeting", "building", "bus", "call", "capacity", "category", "channel",
    "clinic", "closed", "closes", "code", "cohort", "covid", "dec", "desk", "dial", "district", "door", "dorm", "e",
    "edition", "est", "established", "exit", "exodus", "ext", "extension", "fax", "feb", "floor", "founded", "gate",
    "hb", "helpline", "hiv", "hotline", "houses", "intake", "isaiah", "item", "jan", "jul", "jun", "lesson", "licensed",
    "limit", "local", "locker", "lot", "mar", "max", "maximum", "min", "minimum", "model", "module", "n", "nearly",
    "no", "nov", "number", "oct", "only", "open", "opened", "opens", "option", "parenting", "part", "plan", "platform",
    "po", "pod", "point", "precinct", "press", "priority", "program", "project", "psalm", "question", "region", "rule",
    "s", "sb", "schedule", "semester", "sep", "sept", "serves", "serving", "shelters", "shift", "stage", "ste", "stop",
    "table", "team", "text", "track", "type", "up", "vol", "volume", "ward", "window", "wing", "w", "zone",
))  # fmt: skip
"""Words that are no street's name, even with a capital and before a number at the end of a phrase: `Suite 3`."""
