"""Finds texts that read like an address or a position, anybody's; and texts that tell a private place. Pure.

Over HTTP only `reads_like_place` counts: the answer follows from the words of the text alone, so the answer is the
same for the street of a hidden house and for any street. Only the check of a whole bundle knows the private places.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from service.documents.node import Node, has_private_places, organizations_of
from service.errors import Problem
from service.i18n import refusals

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
)) | frozenset((
    "adolescente", "adolescentes", "adulta", "adultas", "adulto", "adultos", "agencia", "agencias", "año", "años",
    "cama", "camas", "cliente", "clientes", "comida", "comidas", "condado", "condados", "cuarto", "cuartos", "cuna",
    "cunas", "cupo", "cupos", "día", "días", "estado", "estados", "familia", "familias", "grado", "grados", "grupo",
    "grupos", "habitación", "habitaciones", "hijas", "hijos", "hombre", "hombres", "hora", "horas", "hrs", "idioma",
    "idiomas", "joven", "jóvenes", "kilómetros", "llamada", "llamadas", "lugar", "lugares", "mes", "meses", "milla",
    "millas", "minuto", "minutos", "mujer", "mujeres", "noche", "noches", "paso", "pasos", "persona", "personas",
    "segundos", "semana", "semanas", "sesión", "sesiones", "sobreviviente", "sobrevivientes", "turno", "turnos", "vez",
    "veces", "víctima", "víctimas", "visita", "visitas",
))  # fmt: skip
"""Words after a number that counts (`3 beds`, `3 camas`), or after any number in a sentence: no street begins so."""

NUMBERED = frozenset((
    "age", "aged", "ages", "article", "artículo", "bus", "capítulo", "chapter", "form", "grade", "level", "over",
    "phase", "section", "since", "tier", "title", "train", "tram", "under", "until", "version",
))  # fmt: skip
"""Words before a number that is no house number, if the phrase ends there or a word of `FOLLOWS_NUMBERED` follows."""

FOLLOWS_NUMBERED = frozenset((
    "bankruptcy", "benefits", "can", "care", "certified", "clients", "code", "comes", "compliance", "eligible",
    "funding", "goes", "have", "has", "housing", "leaves", "must", "need", "needs", "only", "passes", "rights", "runs",
    "services", "serves", "serving", "stops", "support", "supports", "trauma", "voucher", "vouchers", "welcome",
))  # fmt: skip
"""Words after a number that follows a word of `NUMBERED`: `Section 8 vouchers`, `Bus 12 stops nearby`."""

_ONES = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred")
_UNOS = (
    "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece",
    "catorce", "quince", "dieciseis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno", "veintidos",
    "veintitres", "veinticuatro", "veinticinco", "veintiseis", "veintisiete", "veintiocho", "veintinueve",
)  # fmt: skip
_DIECES = ("treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa", "cien")
_ACCENTED = {"diecis\xe9is": "16", "veintid\xf3s": "22", "veintitr\xe9s": "23", "veintis\xe9is": "26", "ciento": "100"}
SPELLED = {
    **{word: str(number) for words in (_ONES, _UNOS) for number, word in enumerate(words, 1)},
    **{word: str(10 * number) for number, word in (*enumerate(_TENS, 2), *enumerate(_DIECES, 3))},
    **_ACCENTED,
}
"""Numbers written as words of English and Spanish, each with its digits: `three` and `3`."""

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


Line = tuple[str, ...]

_PLACES = ("locations", "service_at_locations")  # may hold a private address, and are not shown
_WORD = re.compile(r"[^\W_]+")
_BOTH_WITH_DECIMALS = 4
_NO_NAMES = COUNTED | {"the", "a", "an", "your", "our", "more", "good", "safe", "best", "stop"}
_COMPASS = frozenset("nsew")
_FARTHEST_KIND = 5  # words from a house number to the kind of street (`way`, `lane`), at most
_SHORT = {
    **{"street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "lane": "ln", "boulevard": "blvd", "court": "ct"},
    **{"place": "pl", "highway": "hwy", "parkway": "pkwy", "suite": "ste", "apartment": "apt"},
    **{"north": "n", "south": "s", "east": "e", "west": "w"},
}
"""Words of addresses with two spellings, each with the short spelling."""


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ROADS = _words("st ave rd dr ln blvd hwy pkwy route fm cr calle avenida")
_STREETS = _ROADS | _words(
    "ct pl way row loop trail terrace circle cir plaza square alley path camino yard mews cove crossing hollow landing"
)
_NO_OTHER_WORDS = _words("ave rd ln blvd hwy pkwy")  # streets beside any words, unlike `drive` or `court`
_BEGIN_STREETS = _words("calle avenida camino paseo rue carrera broadway")

_OTHER_NUMBERS = re.compile(
    r"""
      \+?1?[-.\s(]{0,2}\b\d{3}\)?[-.\s]{1,2}\d{3}[-.\s]\d{4}\b    # telephone, with its area code
    | \b\d{3}-\d{4}\b                                             # and without it
    | \b(?:call|dial|text)\s+(?:\d11|988)\b
    | \b24\s?/\s?7\b
    | \b\d{1,2}(?::\d\d)?\s?[ap]\.?m\b                            # times of day
    | \b\d{1,2}:\d\d\b
    | \b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[-+]\d\d(?::\d\d)?))?\b
    | \$\s?\d[\d,]*(?:\.\d\d)?(?![\d.]) | (?<![\d.])\d+(?:\.\d)?\s?%
    | \b501\s?\(c\)(?:\s?\(\d\))? | \b\d{1,2}\s?(?:U\.?S\.?C|C\.?F\.?R)\b   # laws
    | \b1-8(?:00|33|44|55|66|77|88)\b(?!-)                          # 1-800 number
    | (?-i:\b[A-Z]-\d{1,4}[A-Z]?\b | \b10\d\d-[A-Z]{1,4}\b)         # Form I-914, 1099-NEC
    | \b2-1-1\b | \A\D*\bRoute\s66\b\D*\Z | \b(heart|face)\s2\s\1\b          # names that people know
    | \bage[sd]?\s+\d+\s*(?:to|and|through|[-\u2013])\s*\d+\b
    | \bde\s\d{1,2}\sa\s\d{1,2}\b(?!\s(?-i:[A-Z]))               # de 9 a 5, and not: de 9 a 11 Sedge
    | \b(?:el|del|al|desde|hasta)\s(?:el\s)?\d{1,2}\sde\s(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto
      |septiembre|octubre|noviembre|diciembre)\b(?!\W+(?:n\w*\W+)?\d)  # el 12 de mayo, and not: 5 de mayo 12
    | \b\d+\sniñ[oa]s?\b(?!\sh[eé]roes) | \b\d{1,2}\s[yo]\sm[aá]s\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+[^\W\d_]?")
_POSITION = re.compile(
    r"""
      \b\d{1,3}\.\d{4,} | \b\d{1,3},\d{4,}\b                       # 31.2877
    | \b\d{1,3}\.\d+\W{1,4}\d{1,3}\.\d+                          # 31.29 -97.74
    | \d\s?[\xb0\xba\u02da] | \b\d{1,3}\s?d(?:eg(?:rees?)?)?\W{0,3}\d{1,2}(?:\.\d+)?\s?(?:m|['\u2032])  # 31 deg 17'
    | \b\d{1,3}[^a-z]{1,16}[ns]\b\W{0,4}\d{1,3}[^a-z]{1,16}[ew]\b  # 31 17 15 N 97 44 31 W
    | \b[ns]\W{0,2}\d{1,3}[^a-z]{0,16}\b[ew]\W{0,2}\d{1,3}         # N 31 17.26, W 97 44.51
    | \b[2-9cfghjmpqrvwx]{4,8}\+[2-9cfghjmpqrvwx]{2,3}\b           # 8645+QW
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ON_A_MAP = re.compile(
    r"""
      \bmaps\.(?:google\.|apple\b|app\.goo\.gl) | \b(?:google(?:\.[a-z]{2,3}){1,2}|goo\.gl|bing\.com)/maps\b
    | \b(?:openstreetmap|osm|waze|what3words|geohash)\.(?:org|com)\b | \b(?:w3w\.co|plus\.codes)\b | \bgeo:-?\d
    | ///[^\W\d_]+\.[^\W\d_]+\.[^\W\d_]+ | \b(?:what3words|w3w)\b\W{1,3}[^\W\d_]+\.[^\W\d_]+\.
    | (?<![\w.@/-])[^\W\d_]{4,}\.[^\W\d_]{4,}\.(?!(?:info|care|help|coop|health|support)\b)[^\W\d_]{4,}(?![\w.@/-])
    | \bgeohash\b\W{1,3}[0-9b-hjkmnp-z]{5,}
    | \b\d{1,3}\.\d+\s?[ns]\b\W{0,4}\d{1,3}\.\d+\s?[ew]\b      # 31.287N 97.741W
    | \b[ns]\s?\d{1,3}\.\d+\W{1,4}[ew]\s?\d{1,3}\.\d            # N31.287 W97.741
    | \b\d{1,2}[c-hj-np-x]\W?[a-hj-np-z]{2}\W?\d{4,5}\W?\d{4,5}\b   # squares of a grid, in metres: 14RPU2153247112
    | \b\d{6}(?:\s?m?e)?\W{1,4}\d{7}(?:\s?m?n)?\b             # UTM: 14R 621532E 3347112N
    | \b(?:corner|intersection)\sof\s(?-i:[A-Z\d])[^.;\n]{0,40}?\s(?:and|&)\s(?-i:[A-Z\d])   # two streets that meet
    | \besquina\s(?:de|con)\s(?:la\s)?(?:(?:calle|avenida|av)\b\.?\s)?(?-i:[A-Z\d])
    | \blat(?:itude)?\b\W{0,3}\d{1,2}\.\d+\W{1,4}lon(?:g(?:itude)?)?\b\W{0,3}\d
    """,
    re.VERBOSE | re.IGNORECASE,
)
_GEOHASH = re.compile(r"(?<![\w.@/-])(?=[a-z]*\d+[a-z]+\d|\d*[a-z]+\d+[a-z])[0-9b-hjkmnp-z]{7,12}(?![\w@/-])")
"""A square of the map: letters and digits in turns, without `a`, `i`, `l`, `o`; seven tell a house."""
# Numbers written together with the name of their street: `12Sedge Way`; in small letters only before a kind of street.
_GLUED = re.compile(r"(?<=\d)(?=[A-Z][a-z]{2})|(?<=\d[a-z])(?=[A-Z][a-z]{2})")
_GLUED_SMALL = re.compile(r"(?<=\d)(?!(?:st|nd|rd|th)\b)(?=[a-z]{3})")
_ON_STREET = re.compile(
    r"(?:\b(?:number|nr|no|num)\b\.?|\#)\s?([^\W_]+),?\s(on|in|along|off|down)\s((?:[^\W_]+\W{1,2}){0,3}[^\W_]+)",
    re.IGNORECASE,
)
_BLOCK_OF = re.compile(r"\b(\d+|hundred)(?:\s|-)block\s(of|on|along)\s((?:[^\W_]+\W{1,2}){0,3}[^\W_]+)", re.IGNORECASE)
_STREET_THEN_SPELLED = re.compile(
    rf"\b(?:{'|'.join(sorted(_BEGIN_STREETS))})\s(?:[^\W\d_]+[\s,]{{1,2}}){{1,4}}(?:{'|'.join(SPELLED)})\s?(?=$|[.,;)\n])",
    re.IGNORECASE,
)
_ROMAN = re.compile(r"(?!I\b|L\b)(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_NAME_THEN_NUMBER = re.compile(
    r"(?<!\w)([^\W\d_]{2,})[\s,#]{1,3}(?:n[or]\.?\s|number\s)?(\d{1,4}[a-z]?)\s?(?=$|[.,;)\n])", re.IGNORECASE
)
_YEAR_OR_LINE = re.compile(r"(?:19|20)\d\d|\d11|988")


def reads_like_place(text: str) -> bool:
    """Say whether a text reads like a street with a house number, or like a position on the map.

    Any number counts as a house number, except beside a word that numbers count or name, such as `beds` or `Suite`.
    Links to maps and the codes that name a square of one (what3words, plus codes, geohashes) are positions.
    Codes of a link such as `%20` are read as their letters. Linear in the length of the text.

    >>> [reads_like_place(text) for text in ("3 Hidden Sedge Way", "at 3 Sedge", "Three Sedge Way", "Sedge 3")]
    [True, True, True, True]
    >>> [reads_like_place(text) for text in ("3 beds", "ages 11-17", "24-hour line", "Suite 3", "555-0100")]
    [False, False, False, False, False]
    >>> reads_like_place("31.2877, -97.74"), reads_like_place("3%20Sedge%20Way")
    (True, True)
    """
    texts = (unicodedata.normalize("NFKC", words.replace("\xba", "\xb0")) for words in {text, unquote(text)})
    return any(_reads_like_place(words) for words in texts)


def _reads_like_place(text: str) -> bool:
    if _ON_A_MAP.search(text) is not None or _GEOHASH.search(text) is not None:
        return True
    text = _GLUED.sub(" ", text)  # 12Sedge Way
    plain = _OTHER_NUMBERS.sub(" , ", text)
    words = [_in_short(word) for word in _WORD.findall(plain)]
    around = zip(("", *words), words, (*words[1:], ""), strict=False)
    return (
        _POSITION.search(plain) is not None
        or any(_is_house(*three) for three in around if any(char.isdecimal() for char in three[1]))
        or any(_ends_in_house(*name_and_number) for name_and_number in _NAME_THEN_NUMBER.findall(plain))
        or any(_begins_with_street(words[max(0, at - 4) : at]) for at, word in enumerate(words) if word.isdecimal())
        or _has_house_on_street(_WORD.findall(_GLUED_SMALL.sub(" ", text)))
        or any(_is_on_street(*parts) for parts in (*_ON_STREET.findall(text), *_BLOCK_OF.findall(text)))
        or _STREET_THEN_SPELLED.search(text) is not None
    )


def names_place(name: str) -> bool:
    """Say whether a slug or a code is a street with a house number.

    >>> names_place("3-hidden-sedge-way"), names_place("team-3-beds")
    (True, False)
    """
    words = [_in_short(word) for word in _WORD.findall(_GLUED_SMALL.sub(" ", name))]
    return _has_house_on_street(words) or any(
        _NUMBER.fullmatch(word) and not _STREETS.isdisjoint(words[at + 2 : at + 1 + _FARTHEST_KIND])
        for at, word in enumerate(words)
    )


def words_of_address(text: str) -> list[str]:
    """Return the words of a text, case folded: words of addresses in their short form, numbers in digits.

    >>> words_of_address("Three Sedge Street, North")
    ['3', 'sedge', 'st', 'n']
    """
    return [SPELLED.get(word, word) for word in map(_in_short, _WORD.findall(text))]


def lines_of(organization: Node) -> Iterator[Line]:
    """Yield the words that tell a place of an organization: of each street with a number, of each exact position.

    >>> place = {"latitude": 31.2877, "longitude": -97.7401, "addresses": [{"address_1": "3 Sedge Street"}]}
    >>> list(lines_of(Node({"locations": [place]})))
    [('3', 'sedge', 'st'), ('31', '2877', '97', '7401')]
    """
    for place in organization.rows("locations"):
        for address in place.rows("addresses"):
            words = words_of_address(address.text("address_1") or "")
            if len(words) > 1 and any(char.isdecimal() for word in words for char in word):
                yield tuple(words)  # a line that repeats a name tells no place
        position = words_of_address(f"{place.number('latitude')} {place.number('longitude')}")
        if len(position) == _BOTH_WITH_DECIMALS:
            yield tuple(position)


def find_address_leaks(document: Node) -> Iterator[Problem]:
    """Yield a problem for each text of a bundle that repeats the street or the position of a private place.

    Texts of places themselves are passed over: a private place is sealed, and a public place may be in the same house.
    """
    private = filter(has_private_places, organizations_of(document))
    lines: dict[str, list[Line]] = {}
    for line in (line for organization in private for line in lines_of(organization)):
        lines.setdefault(line[0], []).append(line)
    if not lines:
        return
    for text in _texts(document):
        words = words_of_address(str(text.value))
        if any(
            words[at : at + len(line)] == list(line) for at, word in enumerate(words) for line in lines.get(word, ())
        ):
            yield text.problem(refusals.TELLS_ADDRESS)


def _is_house(before: str, number: str, after: str) -> bool:
    if before in _ROADS:
        return True
    is_lettered = _NUMBER.fullmatch(number) and any(char.isalpha() for char in after)
    return bool(is_lettered) and after not in COUNTED and not (before in NUMBERED and after in FOLLOWS_NUMBERED)


def _ends_in_house(name: str, number: str) -> bool:
    """Say whether a number at the end of a phrase is a house's, after the name of its street: `Broadway 12`."""
    word = _in_short(name)
    if word in _STREETS or word.endswith("strasse"):
        return True
    is_street_name = name[0].isupper() and NO_STREETS.isdisjoint((word, word.removesuffix("s")))
    return is_street_name and not _YEAR_OR_LINE.fullmatch(number)


def _is_on_street(number: str, where: str, street: str) -> bool:
    """Say whether the words after `number 12 on` are a street's: with a capital, or with a kind of street soon.

    After `in` only with a kind of street: an agency may be number 1 in Texas. After whole hundreds, as of a block, any
    name is a street's.
    """
    if number.casefold() not in SPELLED and not _NUMBER.fullmatch(number):
        return False
    words = _WORD.findall(street)
    name = next((word for word in words if _in_short(word) not in _NO_NAMES | _COMPASS), "")
    if where.casefold() != "in" and name[:1].isupper() and _in_short(name) not in NO_STREETS:
        return True
    if name and number.casefold().endswith(("00", "hundred")) and where.casefold() == "of":
        return _in_short(name) not in NO_STREETS
    return not _STREETS.isdisjoint(map(_in_short, words[1:]))


def _begins_with_street(words: list[str]) -> bool:
    """Say whether the words before a number begin a street, as in `Calle Hidalgo 12`."""
    return not _BEGIN_STREETS.isdisjoint(words) and COUNTED.isdisjoint(words)


def _has_house_on_street(tokens: list[str]) -> bool:
    """Say whether words hold a house number and, soon after, a kind of street (`way`, `lane`); or a position in words.

    After a number in digits any kind of street counts, with any word before the number: `since 3 Hidden Sedge Way`.
    After a number in words (`Twelve Sedge Way`), or a Roman one (`XII Sedge Way`), a kind that is also an ordinary word
    (`court`) counts only with a capital, if the word before has a capital too; `way` also counts without, but not after
    `once`, and after `one` with two words or more between.
    """
    words = [_in_short(word) for word in tokens]
    for at, word in enumerate(words):
        digits = _NUMBER.fullmatch(word) is not None
        roman = _ROMAN.fullmatch(tokens[at]) and not (at and words[at - 1] in NUMBERED)
        if not (digits or roman or word in SPELLED):
            continue
        if words[at + 1 : at + 2] == ["point"] and not SPELLED.keys().isdisjoint(words[at + 2 : at + 3]):
            return True
        for to in range(at + 2, min(at + 2 + _FARTHEST_KIND, len(words))):
            if words[to - 1] in _NO_NAMES:
                break
            title = tokens[to][0].isupper() and tokens[to - 1][0].isupper()
            if words[to - 1] not in SPELLED and (
                words[to] in _NO_OTHER_WORDS
                or (digits and words[to] in _STREETS)
                or (words[to] in _STREETS and title)
                or (words[to] == "way" and word != "once" and (to > at + 2 or word != "one"))
            ):
                return True
    return False


def _in_short(word: str) -> str:
    folded = word.casefold()
    return _SHORT.get(folded, folded)


def _texts(node: Node) -> Iterator[Node]:
    if isinstance(node.value, str):
        yield node
    for key in node.value if isinstance(node.value, dict) else ():
        if key not in _PLACES:
            yield from _texts(node.get(key))
    for item in node.items():
        yield from _texts(item)
