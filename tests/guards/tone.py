"""How a sentence shown to a person has to read, as rules that a program can hold. Pure: text in, faults out.

For a tired person at 2 a.m., staff or client: plain, neutral, nothing leading, no blame, help never made to hang on a
form, a no never called a failure. `faults_in` lists what a text breaks; `grade` says how many years of school it asks.
"""

from __future__ import annotations

import re
from functools import lru_cache

import textstat

from policies import load_states

HIGHEST_GRADE = 8
LEAST_WORDS = 8
"""Shorter texts are labels, for which the formula means nothing: they are graded together, place by place."""

NEVER_SAID = {
    "asks why": r"\bwhy\b",
    "blames": r"\b(blam\w+|fault|guilty|provok\w+|brought (this|it) on|let (him|her|them) (do(?! the talking)|hit|hurt)"
    r"|chose to stay"
    r"|at-risk behaviou?r|promiscuous|so-called|alleged\w*|claims? (to be|that (he|she|they))|bad choices?"
    r"|you failed|(his|her|their|your) own (doing|fault)|illegals?|illegal aliens?|addicts?|prostitut\w+|junkie)\b",
    "leads": r"\b(don't you|do you not|isn't (it|that)|aren't you|wasn't it|didn't (you|he|she|they)|won't you"
    r"|wouldn't (you|it)|couldn't you|should (not )?have|shouldn't have|(must|have to|need to|will) admit|surely you"
    r"|of course you|you (do|did) (want|know)|is it true that|would you agree|right\?|correct\?|is that not"
    r"|it would be better if you|for your own good|are you sure)(?!\w)",
    "calls a no a failure": r"\b(non-?complian\w+|uncooperative|un-?willing to cooperate|(fail|neglect)(s|ed|ing|ure)?"
    r" to (consent|sign|agree|cooperate|comply)|resistan(t|ce)|(client|survivor|person|victim|guest|youth|patient)s?"
    r"( who| that| has| have| had)* (refus|declin|fail|withh[eo]ld|den(y|ied|ies))\w*|refus\w+ (help|service|treatment"
    r"|to (sign|consent|cooperate|talk|speak|disclose))|did not (cooperate|comply))\b",
    "makes help hang on a form": r"\b((must|has to|have to|needs? to) (sign|consent|agree)\b[^.;]*\b(before|to get|to"
    r" receive|first|in order|or (else|no))|(no|without) (help|service|shelter|bed)s? (until|unless|without|before)"
    r"|(help|services?|shelter|beds?|care) (only|is only|are only|depends? on|will only|cannot be given|is given only)"
    r"|sign(s|ed|ing)?\b[^.;]*\b(to (get|receive|stay|keep)|or lose)|(only|not) (if|unless|until)"
    r" (you|the client|they|the person) signs?|unless (you|the client|they|the person) (signs?|consents?|cooperates?))",
}
"""What is never said to a person, by what is wrong with it. A denial of it ("does not depend on") is let through."""

DENIED = re.compile(
    r"\b(does|do|is|are|will|can) (not|never) (depend|hang|rest|need)\b|\bnever depends?\b", re.IGNORECASE
)

JARGON = re.compile(
    r"\b(PII|PHI|ROI|SUD|DV|CAC|HMIS|VSP|SOP|TPO|BAA|QSOA|adjudicat\w+|eligibility matrix|null|booleans?|true or false"
    r"|payload|schema|enum\w*|instantiat\w+|parameters?|JSON|YAML|API|hops?|nodes?|predicate|stakeholders?|utili[sz]\w+"
    r"|pursuant|herein\w*|thereof|aforementioned|facilitate\w*|leverag\w+|implement\w*|operationali\w+|disposition"
    r"|disclosee|data subject|principal|resource|context|holder|recipient|intersectional|modality|psychosocial"
    r"|perpetrator|clientele|ideation|wraparound|linkages?|touchpoints?|triage\w*|de-?identified|canonical)\b"
)
"""Words of the trade, of the law and of programs that a caseworker in another house need not know."""
EXPLAINED = {"MOU": "agreement"}
"""Short names that stand only beside the word that explains them."""

BRITISH = re.compile(
    r"\b((organ|author|recogn|minim|final|formal|summar|util|stabil|priorit|special|token)is(e|ed|es|ing|ation|ations)"
    r"|colour|defence|licence|neighbour\w*|behaviour\w*|honour\w*|programme|centre|labour|counsell\w+|whilst|practise\w*"
    r"|enrol|cheque|grey|judgement)s?\b",
    re.IGNORECASE,
)

NOT_WORDS = (
    (r"`[^`]*`|\breferral-router(?: [\w=:/.-]+)*|\b\w+_\w+\b|\bHSDS \w+", "this"),  # names that a program reads
    (r"https?://\S+|\S+@\S+|sqlite:///\S+|postgresql://\S+", "here"),
    (r"\{[^}]*\}", "this"),  # what stands there comes from the directory
    (r"\([A-Za-z0-9 ]*\b(USC|CFR|TAC|Code)\b[^)]*\)", ""),
    (r"\b\d+ (USC|CFR|TAC)( Part)? [\d\w()-]+(\.\d[\w()-]*)*|\bTex\. [\w. &]+ Code( ch\.)? [\d.\w()-]+", "law"),
    (r"\b(rule|Part|section|chapter|version) [\d.:\w()-]*\d[\d.:\w()-]*", "law"),
    (r"\+?\b\d[\d.,:/-]*(?:st|nd|rd|th)?\b", "ten"),
)
NAMES = (
    "National Center for Missing and Exploited Children", "National Human Trafficking Hotline",
    "Health and Human Services", "Homeland Security", "Basic Center", "Title IX",
    "HIPAA", "FERPA", "VAWA", "FVPSA", "VOCA", "HHS", "DHS", "HUD", "OTIP", "Clery", "Cedar",
    "OpenAPI", "HSDS", "JSON", "YAML", "SQLAlchemy", "SQLite", "PostgreSQL", "HTTP", "IANA", "UUID", "UTF-8", "JWT",
    "RFC", "ISO", "URI", "URL", *(card.name for card in load_states().values()),
)  # fmt: skip


def faults_in(text: str, *, technical: bool = False) -> list[str]:
    """Return what is wrong with a text, in words. `technical`: it is read by whoever runs or calls the program."""
    faults = [wrong for wrong, pattern in NEVER_SAID.items() if re.search(pattern, text, re.IGNORECASE)]
    if "makes help hang on a form" in faults and DENIED.search(text):
        faults.remove("makes help hang on a form")
    if british := BRITISH.search(text):
        faults.append(f"is not spelled the American way: {british.group()}")
    if technical:
        return faults
    faults += [f"is jargon: {word}" for word in sorted({hit.group() for hit in JARGON.finditer(text)})]
    faults += [
        f"is not explained: {short}"
        for short, word in EXPLAINED.items()
        if re.search(rf"\b{short}s?\b", text) and word not in text
    ]
    return faults


@lru_cache(maxsize=8)
def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted({*NAMES, *names}, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


@lru_cache(maxsize=4096)
def masked(text: str, names: frozenset[str] = frozenset()) -> str:
    """Return a text for measuring: statutes, numbers, names of agencies (`names`) and programs each as one short word.

    They are what they are; a reader takes them in at a glance, and no sentence could say them in shorter words.
    """
    for pattern, word in NOT_WORDS:
        text = re.sub(pattern, word, text)
    return " ".join(_pattern(names).sub("this", text).split())


def words_in(text: str, names: frozenset[str] = frozenset()) -> int:
    """Return how many words are left to measure, not counting what is filled in."""
    return len(re.findall(r"[A-Za-z][A-Za-z'-]*", masked(re.sub(r"\{[^}]*\}", "", text), names)))


def grade(text: str, names: frozenset[str] = frozenset()) -> float:
    """Return the Flesch-Kincaid grade of a text, names and numbers masked: years of school in the United States."""
    said = re.sub(r"[;:](?=\s)", ".", masked(text, names))  # a clause of its own is read as a sentence of its own
    return float(textstat.flesch_kincaid_grade(said))
