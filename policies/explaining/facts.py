"""The facts of a decision as lines for a person to check: facts read, and facts not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from policies.facts import VOCABULARY, Facts, PartyFacts
from policies.messages import BOTH, Message, joined
from policies.pack_files import read_yaml

ACTION = {
    "route": Message("tell the client whom to call"),
    "serve": Message("take the client in"),
    "disclose": Message("share"),
    "report": Message("make a report of"),
}
DATA = {
    "need": Message("the services wanted (no name)"),
    "identity": Message("name and identity"),
    "contact_location": Message("where and how to reach the client"),
    "narrative": Message("what happened, in the client's words"),
    "privileged": Message("what was told in trust to an advocate, counselor or lawyer"),
    "health": Message("health details"),
    "mental_health": Message("mental health details"),
    "sud": Message("substance-use treatment details"),
    "education": Message("school records"),
    "abuse_report": Message("an abuse report"),
    "immigration": Message("immigration details"),
    "justice": Message("court and police papers"),
    "shelter_location": Message("a private address"),
    "directory": Message("public facts about an agency"),
    "aggregate": Message("totals that identify nobody"),
}
KIND = {
    "dv_shelter": Message("domestic violence shelter"),
    "sa_program": Message("sexual assault program"),
    "cac": Message("children's advocacy center"),
    "community": Message("community agency"),
    "health": Message("health provider"),
    "legal": Message("legal services"),
    "other_government": Message("other government agency"),
    "sud": Message("substance-use treatment program"),
    "unknown": Message("agency of a kind that is not known"),
}
BASIS = {
    "community": Message("community-based"),
    "systems": Message("government"),
    "unknown": Message("basis not known"),
}
_LAW = read_yaml(Path(__file__).with_name("law_names.yaml"))
REGIME = {word: Message(name) for word, name in _LAW["regimes"].items()}
PURPOSE = {
    "mandated_report": Message("a report that the law asks for"),
    "team_review": Message("review by a children's center team"),
}
PROCESS = {
    "subpoena": Message("a subpoena that no judge signed"),
    "judge_order": Message("a judge's order that names this"),
    "part2_order": Message(_LAW["part2_order"]),
}
CONSENT = {
    "absent": Message("none on record for this"),
    "not_current": Message("on record, but ended, withdrawn, not yet begun or unsigned"),
    "out_of_scope": Message("on record, but for some other agency, use or kind of facts"),
    "onward": Message("on record for this agency to receive it, not to pass it on"),
}
LEVEL = {
    "none": Message("no signature that counts"),
    "told": Message("the client was told"),
    "verbal": Message("spoken agreement"),
    "written": Message("signed and dated"),
    "release": Message("signed release with an end date"),
}
AGREEMENT = {
    "in_force": Message("in force"),
    "draft": Message("not signed or not begun"),
    "expired": Message("expired"),
    "ended": Message("ended"),
}
SET_ASIDE = (
    (
        "form_set_aside",
        Message("The agency that would receive it does not take the form, so the consent counts as spoken."),
    ),
    ("signature_set_aside", Message("A signature that cannot be used here was set aside.")),
    ("encoded", Message("Names go coded; they are the client's information all the same.")),
    ("same_house", Message("Both are parts of one organization.")),
    ("operator_authorised", Message("Whoever runs the place agreed in writing that this agency may know it.")),
)
AGE = {"minor": Message("under 18"), "adult": Message("18 or over")}
GUARDIAN = {
    "none": Message("no guardian"),
    "safe_parent": Message("a safe parent"),
    "suspected_parent_only": Message("no parent but one who is suspected"),
    "court_safe": Message("a safe guardian appointed by a court"),
    "court_suspected": Message("a guardian appointed by a court who is suspected"),
    "state_conservator": Message("the state as conservator"),
    "unavailable": Message("a parent or guardian who cannot be reached"),
}
DANGER = {
    "none": Message("out of danger"),
    "imminent": Message("in danger now"),
    "medical": Message("in a medical emergency"),
}
YES = {
    "may_sign_alone": Message("may sign alone"),
    "emancipated": Message("emancipated"),
    "trafficking": Message("may be a victim of trafficking"),
    "sex_trafficking": Message("may be a victim of sex trafficking"),
    "missing_from_care": Message("missing from care"),
    "runaway": Message("away from home or care"),
    "vulnerable_adult": Message("65 or over, or cannot protect themselves"),
    "pseudonym_or_acp": Message("uses a registered pseudonym or substitute address"),
}
UNKNOWN = {
    "age": Message("age"),
    "guardian": Message("guardian"),
    "may_sign_alone": Message("if the client may sign alone"),
    "emancipated": Message("if the client is emancipated"),
    "danger": Message("danger"),
}
"""Unknown facts that decide shares; the others only bring tasks, which say themselves that they may apply."""


HOLDER, RECIPIENT = Message("Who holds it: {party}."), Message("Who would receive it: {party}.")
PARTY = Message("{kind} ({about})")
BOUND, NOT_BOUND = Message("bound by {regimes}"), Message("bound by no confidentiality regime")
NOT_DECLARED, MEMBER = Message("has not declared itself"), Message("coalition member")
REPORTER = {
    "child": Message("must report abuse of a child"),
    "child_and_adult": Message("must report abuse of a child or an adult"),
}
WHAT, WHAT_OF = Message("What: {action}, for {purpose}."), Message("What: {action} {data}, for {purpose}.")
LEGAL_PROCESS = Message("Legal process: {process}.")
DEPENDS = {
    "release": Message("Help is made to depend on signing a release."),
    "cooperation": Message("Help is made to depend on talking to the police."),
}
CONSENT_GIVEN = Message("Consent: {consent}.")
CURRENT, NAMING, SIGNED_BY = Message("current, {level}"), Message(", naming {marks}"), Message(", from {signers}")
AGREEMENT_BETWEEN = Message("Agreement between the two: {type}, {status}.")
ABOUT_THE_CLIENT, NOTHING_KNOWN = Message("The client: {about}."), Message("The client: nothing is known.")
READ_STRICTLY = Message("Not known, and read as the stricter case: {facts}.")


def explain_facts(facts: Facts) -> tuple[Message, ...]:
    """Return the facts read, a fact or group of facts a line: parties, share, consent, agreement, client.

    Only words of the vocabulary are said: no typed text comes back. Pure.
    """
    return tuple(_lines(facts))


def _lines(facts: Facts) -> Iterator[Message]:
    yield HOLDER.format(party=_party(facts.holder))
    yield RECIPIENT.format(party=_party(facts.recipient))
    data = "" if facts.data == "none" else data_in_words(facts.data)
    yield (WHAT_OF if data else WHAT).format(action=ACTION[facts.action], data=data, purpose=_purpose(facts.purpose))
    if facts.process != "none":
        yield LEGAL_PROCESS.format(process=PROCESS[facts.process])
    if facts.conditioned_on != "none":
        yield DEPENDS[facts.conditioned_on]
    yield CONSENT_GIVEN.format(consent=_consent(facts))
    if facts.agreement != "absent":
        yield AGREEMENT_BETWEEN.format(type=facts.agreement_type.upper(), status=AGREEMENT[facts.agreement])
    yield from (sentence for name, sentence in SET_ASIDE if getattr(facts, name))
    client = [*_client(facts)]
    yield ABOUT_THE_CLIENT.format(about=joined(client, "; ")) if client else NOTHING_KNOWN
    if unknown := [label for name, label in UNKNOWN.items() if getattr(facts, name) == "unknown"]:
        yield READ_STRICTLY.format(facts=joined(unknown, ", "))


def _client(facts: Facts) -> Iterator[Message]:
    for words, value in ((AGE, facts.age), (GUARDIAN, facts.guardian), (DANGER, facts.danger)):
        if value in words:
            yield words[value]
    yield from (message for name, message in YES.items() if getattr(facts, name) == "yes")


def data_in_words(data: str) -> Message:
    """Return a data class as people say it: `name and identity` for `identity`.

    >>> data_in_words("identity")
    'name and identity'
    """
    return DATA[data]


PLAIN = {
    word: Message(word.replace("_", " "), "word of the rules")
    for type_name, texts in (("Kind", KIND), ("Purpose", PURPOSE), ("Mark", {}), ("Signer", {}))
    for word in VOCABULARY.words(type_name)
    if word not in texts
}
"""The words of the vocabulary that are said as they are written."""


def _party(party: PartyFacts) -> Message:
    regimes = joined([REGIME[regime] for regime in sorted(party.regimes)], ", ")
    parts = [
        BASIS[party.basis],
        BOUND.format(regimes=regimes) if regimes else NOT_BOUND,
        "" if party.declared else NOT_DECLARED,
        REPORTER.get(party.reporter, ""),
        MEMBER if party.member else "",
    ]
    return PARTY.format(kind=_text_of(KIND, party.kind), about=joined(parts, "; "))


def _purpose(purpose: str) -> Message:
    return _text_of(PURPOSE, purpose)


def _text_of(texts: Mapping[str, Message], word: str) -> Message:
    return texts[word] if word in texts else PLAIN[word]


def _consent(facts: Facts) -> Message:
    if facts.consent != "current":
        return CONSENT[facts.consent]
    marks = NAMING.format(marks=joined([PLAIN[mark] for mark in sorted(facts.marks)], ", ")) if facts.marks else ""
    signers = (
        SIGNED_BY.format(signers=joined(map(PLAIN.__getitem__, sorted(facts.signers)), BOTH)) if facts.signers else ""
    )
    return joined([CURRENT.format(level=LEVEL[facts.level]), marks, signers], "")
