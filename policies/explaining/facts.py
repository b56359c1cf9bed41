"""The facts of a decision as lines for a person to check: facts read, and facts not known."""

from __future__ import annotations

from collections.abc import Iterator

from policies.facts import Facts, PartyFacts

ACTION = {
    "route": "tell the client whom to call",
    "serve": "take the client in",
    "disclose": "share",
    "report": "make a report of",
}
DATA = {
    "need": "the services wanted (no name)",
    "identity": "name and identity",
    "contact_location": "where and how to reach the client",
    "narrative": "what happened, in the client's words",
    "privileged": "what was told in trust to an advocate, counselor or lawyer",
    "health": "health details",
    "mental_health": "mental health details",
    "sud": "substance-use treatment details",
    "education": "school records",
    "abuse_report": "an abuse report",
    "immigration": "immigration details",
    "justice": "court and police papers",
    "shelter_location": "a private address",
    "directory": "public facts about an agency",
    "aggregate": "totals that identify nobody",
}
KIND = {
    "dv_shelter": "domestic violence shelter",
    "sa_program": "sexual assault program",
    "cac": "children's advocacy center",
    "community": "community agency",
    "health": "health provider",
    "legal": "legal services",
    "other_government": "other government agency",
    "sud": "substance-use treatment program",
    "unknown": "agency of a kind that is not known",
}
BASIS = {"community": "community-based", "systems": "government", "unknown": "basis not known"}
REGIME = {
    "vawa": "VAWA", "fvpsa": "FVPSA", "voca": "VOCA", "ovc_ht": "OVC anti-trafficking award", "hipaa": "HIPAA",
    "part2": "42 CFR Part 2", "ferpa": "FERPA", "rhy_basic": "RHY Basic Center", "rhy_tlp": "RHY Transitional Living",
    "tx_420": "Tex. Gov't Code 420", "tx_93": "Tex. Fam. Code 93", "tx_611": "Tex. Health & Safety Code 611",
    "tx_261": "Tex. Fam. Code 261", "tx_264": "Tex. Fam. Code 264", "attorney": "attorney rules",
}  # fmt: skip
PURPOSE = {"mandated_report": "a report that the law asks for", "team_review": "review by a children's center team"}
PROCESS = {
    "subpoena": "a subpoena that no judge signed",
    "judge_order": "a judge's order that names this",
    "part2_order": "a court order under 42 CFR Part 2 that names this",
}
CONSENT = {
    "absent": "none on record for this",
    "not_current": "on record, but ended, withdrawn, not yet begun or unsigned",
    "out_of_scope": "on record, but for some other agency, use or kind of facts",
    "onward": "on record for this agency to receive it, not to pass it on",
}
LEVEL = {
    "none": "no signature that counts",
    "told": "the client was told",
    "verbal": "spoken agreement",
    "written": "signed and dated",
    "release": "signed release with an end date",
}
AGREEMENT = {"in_force": "in force", "draft": "not signed or not begun", "expired": "expired", "ended": "ended"}
SET_ASIDE = (
    ("form_set_aside", "The agency that would receive it does not take the form, so the consent counts as spoken."),
    ("signature_set_aside", "A signature that cannot be used here was set aside."),
    ("encoded", "Names go coded; they are the client's information all the same."),
    ("same_house", "Both are parts of one organization."),
    ("operator_authorised", "Whoever runs the place agreed in writing that this agency may know it."),
)
AGE = {"minor": "under 18", "adult": "18 or over"}
GUARDIAN = {
    "none": "no guardian",
    "safe_parent": "a safe parent",
    "suspected_parent_only": "no parent but one who is suspected",
    "court_safe": "a safe guardian appointed by a court",
    "court_suspected": "a guardian appointed by a court who is suspected",
    "state_conservator": "the state as conservator",
    "unavailable": "a parent or guardian who cannot be reached",
}
DANGER = {"none": "out of danger", "imminent": "in danger now", "medical": "in a medical emergency"}
YES = {
    "may_sign_alone": "may sign alone",
    "emancipated": "emancipated",
    "trafficking": "may be a victim of trafficking",
    "sex_trafficking": "may be a victim of sex trafficking",
    "missing_from_care": "missing from care",
    "runaway": "away from home or care",
    "vulnerable_adult": "65 or over, or cannot protect themselves",
    "pseudonym_or_acp": "uses a registered pseudonym or substitute address",
}
UNKNOWN = {
    "age": "age",
    "guardian": "guardian",
    "may_sign_alone": "if the client may sign alone",
    "emancipated": "if the client is emancipated",
    "danger": "danger",
}
"""Unknown facts that decide shares; the others only bring tasks, which say themselves that they may apply."""


def explain_facts(facts: Facts) -> tuple[str, ...]:
    """Return the facts read, a fact or group of facts a line: parties, share, consent, agreement, client.

    Only words of the vocabulary are said: no typed text comes back. Pure.
    """
    return tuple(_lines(facts))


def _lines(facts: Facts) -> Iterator[str]:
    yield f"Who holds it: {_party(facts.holder)}."
    yield f"Who would receive it: {_party(facts.recipient)}."
    what = "" if facts.data == "none" else data_in_words(facts.data)
    yield f"What: {ACTION[facts.action]}{f' {what}' if what else ''}, for {_purpose(facts.purpose)}."
    if facts.process != "none":
        yield f"Legal process: {PROCESS[facts.process]}."
    if facts.conditioned_on != "none":
        depends = {"release": "signing a release", "cooperation": "talking to the police"}[facts.conditioned_on]
        yield f"Help is made to depend on {depends}."
    yield f"Consent: {_consent(facts)}."
    if facts.agreement != "absent":
        yield f"Agreement between the two: {facts.agreement_type.upper()}, {AGREEMENT[facts.agreement]}."
    yield from (sentence for name, sentence in SET_ASIDE if getattr(facts, name))
    yield f"The client: {'; '.join(_client(facts)) or 'nothing is known'}."
    if unknown := [label for name, label in UNKNOWN.items() if getattr(facts, name) == "unknown"]:
        yield f"Not known, and read as the stricter case: {', '.join(unknown)}."


def _client(facts: Facts) -> Iterator[str]:
    for words, value in ((AGE, facts.age), (GUARDIAN, facts.guardian), (DANGER, facts.danger)):
        if value in words:
            yield words[value]
    yield from (said for name, said in YES.items() if getattr(facts, name) == "yes")


def data_in_words(data: str) -> str:
    """Return a data class as people say it: `name and identity` for `identity`.

    >>> data_in_words("identity")
    'name and identity'
    """
    return DATA.get(data, plain(data))


def plain(word: str) -> str:
    """Return a word of the vocabulary as people write the word."""
    return word.replace("_", " ")


def _party(party: PartyFacts) -> str:
    bound = (
        ", ".join(REGIME.get(regime, plain(regime)) for regime in sorted(party.regimes)) or "no confidentiality regime"
    )
    said = [BASIS[party.basis], f"bound by {bound}"]
    if not party.declared:
        said.append("has not declared itself")
    if party.reporter in ("child", "child_and_adult"):
        said.append("must report abuse of " + ("a child" if party.reporter == "child" else "a child or an adult"))
    if party.member:
        said.append("coalition member")
    return f"{KIND.get(party.kind, plain(party.kind))} ({'; '.join(said)})"


def _purpose(purpose: str) -> str:
    return PURPOSE.get(purpose, plain(purpose))


def _consent(facts: Facts) -> str:
    if facts.consent != "current":
        return CONSENT[facts.consent]
    marks = f", naming {', '.join(plain(mark) for mark in sorted(facts.marks))}" if facts.marks else ""
    signers = f", from {' and '.join(sorted(facts.signers))}" if facts.signers else ""
    return f"current, {LEVEL[facts.level]}{marks}{signers}"
