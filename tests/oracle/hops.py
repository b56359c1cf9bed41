"""One hand-off, for the oracles: who may refer, under which agreement, in which mode, with which data.

A plain reading of contract.md (Modes, Relationship, fine print) and of those rules of the policy catalogue that
can decide a packet with purpose referral. Rule numbers in comments are the catalogue's. Strict wherever a fact
is unknown.
"""

from datetime import date

from oracle.reading import LAW, LEVELS

FREE = {"directory", "aggregate"}
FUNDED = {"vawa", "fvpsa", "voca", "ovc_ht"}
TREATMENT_KINDS = {"health", "mental_health", "sud"}
CONSENT_LEVELS = ("none", "told", "verbal", "written", "release")


# -- agreements --------------------------------------------------------------------------------------------


def agreements_between(case, holder, recipient):
    """Return the mou and team agreements in force that cover the hop at all, whatever their types."""
    return case.remember(
        ("agreements", holder, recipient),
        lambda: [a for a in case.bundle.get("agreements") or [] if _joins(case, a, holder, recipient)],
    )


def _joins(case, agreement, holder, recipient):
    if agreement["type"] not in {"mou", "team"} or agreement["status"] != "signed" or holder == recipient:
        return False
    if agreement.get("effective") and case.today < date.fromisoformat(agreement["effective"]):
        return False
    if agreement.get("expires") and case.today > date.fromisoformat(agreement["expires"]):
        return False
    if agreement.get("mutual") is False:
        return agreement["between"] == [holder, recipient]
    return {holder, recipient} <= set(agreement["between"])


def covering(case, holder, recipient, handed_over):
    """Return the agreements in force that cover the hop with every type handed over."""
    return [
        agreement
        for agreement in agreements_between(case, holder, recipient)
        if agreement.get("types") is None or handed_over <= set(agreement["types"])
    ]


def relationship(case, holder, recipient, handed_over):
    """Return internal, public, or the highest level of an agreement that covers the hop."""
    if case.family(holder) == case.family(recipient):
        return "internal"
    levels = [agreement["level"] for agreement in covering(case, holder, recipient, handed_over)]
    return max(levels, key=LEVELS.index, default="public")


# -- accepts_from and modes --------------------------------------------------------------------------------


def admits(case, service, holder, handed_over):
    """Say whether a service's accepts_from admits a holder who hands over these types."""
    for word in case.referral(case.services[service]).get("accepts_from") or ["anyone"]:
        if word == "anyone" or word in {holder, case.kind(holder)}:
            return True
        if word == "members" and case.is_member(holder):
            return True
        if word == "agreement" and covering(case, holder, case.owner[service], handed_over):
            return True
    return False


def types_handed_over(case, parts):
    """Return the types that a step hands over: to a gateway, every type of its service."""
    types = frozenset().union(*parts.values())
    return types or frozenset().union(*(case.types(case.services[service]) for service in parts))


def has_entry(case, service, covers):
    """Say whether there is anything to confirm at a service, for what it covers."""
    return any(case.confirms(service, code) for code in covers or [None])


def packet_classes(case, service, covers):
    """Return the data classes of a packet to one service: what it asks for and what it reveals.

    Where no type is handed over, at a gateway, all that the service offers says what it is.
    """
    referral = case.referral(case.services[service])
    classes = set(referral.get("intake_data") or [])
    by_type, by_trait = LAW["reveals"], LAW["reveals_by_trait"]
    classes |= {by_type[code] for code in covers or case.types(case.services[service]) if code in by_type}
    return classes | {by_trait[trait] for trait in referral.get("only") or [] if trait in by_trait}


def packet_stopped_by(case, holder, recipient, parts):
    """Return what stops a packet, of `consent` and `agreement`; empty means it may go.

    `parts` maps each service of the step to the set of types that it covers.
    """
    classes = set()
    for service, covers in parts.items():
        classes |= packet_classes(case, service, covers)
    stops = set()
    if not all(may_share(case, holder, recipient, data) for data in classes):
        stops.add("consent")
    if classes - FREE and asks_for_agreement(case, holder, recipient):
        handed_over = types_handed_over(case, parts)
        wide_enough = [
            agreement
            for agreement in covering(case, holder, recipient, handed_over)
            if agreement.get("data") is None or classes - FREE <= set(agreement["data"])
        ]
        if not wide_enough:
            stops.add("agreement")
    return stops


def asks_for_agreement(case, holder, recipient):
    """Rule 33: between members that are not of one house."""
    members = case.is_member(holder) and case.is_member(recipient)
    return members and case.family(holder) != case.family(recipient)


def mode_of(case, holder, recipient, parts):
    """Return the first allowed mode that every service of the step accepts, or None."""
    for mode in ("warm", "self", "packet"):
        if not all(mode in case.accepts(service) for service in parts):
            continue
        if mode == "warm" and case.facts.get("client_present") is not True:
            continue
        if mode == "self" and not case.may_be_given(types_handed_over(case, parts)):
            continue
        if mode == "packet" and any(has_entry(case, service, covers) for service, covers in parts.items()):
            continue
        if mode == "packet" and packet_stopped_by(case, holder, recipient, parts):
            continue
        return mode
    return None


# -- data and consent --------------------------------------------------------------------------------------


def may_share(case, holder, recipient, data):
    """Say whether the rules let a holder send one data class to a recipient for a referral (33 apart)."""
    return case.remember(("share", holder, recipient, data), lambda: _may_share(case, holder, recipient, data))


def _may_share(case, holder, recipient, data):
    if data in FREE:  # 20
        return True
    if not (_has_declared(case, holder) and _has_declared(case, recipient)):  # 1
        return False
    profile = case.coalition(holder)
    regimes = set(profile.get("regimes") or [])
    if data == "shelter_location" and recipient not in (profile.get("operator_authorised") or []):  # 23
        return False
    if data == "privileged" and "tx_93" in regimes:  # 48
        return False
    level, marks = _needed_consent(case, profile, regimes, recipient, data)
    return any(
        _reaches(case, consent, regimes, profile, recipient, level, marks)
        for consent in case.profile.get("consents") or []
        if _is_current(case, consent) and _is_in_scope(consent, holder, recipient, data)
    )


def _has_declared(case, slug):
    profile = case.coalition(slug)
    return bool(profile.get("declared") and profile.get("kind") and profile.get("basis"))


def _needed_consent(case, profile, regimes, recipient, data):
    """Return the least (level, marks) that lifts every require of the rules."""
    level = "release" if regimes else "verbal"  # 0, 2, 40, 47, 49
    marks = set()
    if data == "privileged":  # 17
        marks.add("privilege")
    if data == "immigration" and profile["basis"] == "community":  # 24
        marks.add("immigration")
    if data == "sud" and "part2" in regimes:  # 36
        marks.add("sud")
    if data == "health" and "hipaa" in regimes and case.kind(recipient) not in TREATMENT_KINDS:  # 37
        marks.add("health")
    to_justice = case.kind(recipient) in {"law_enforcement", "prosecutor"}
    if marks or (to_justice and profile["basis"] == "community"):  # 26
        level = "release"
    return level, marks


def _is_current(case, consent):  # 4
    day = {
        name: consent.get(name) and date.fromisoformat(consent[name])
        for name in ("signed_on", "ends_on", "withdrawn_on")
    }
    return bool(
        day["signed_on"]
        and day["signed_on"] <= case.today
        and (not day["ends_on"] or day["ends_on"] >= case.today)
        and (not day["withdrawn_on"] or day["withdrawn_on"] > case.today)
    )


def _is_in_scope(consent, holder, recipient, data):  # 5, 31
    return (
        consent["from"] == holder
        and recipient in consent["to"]
        and data in consent["data"]
        and consent["purpose"] == "referral"
    )


def _reaches(case, consent, regimes, holder_profile, recipient, level, marks):
    signers = _effective_signers(case, consent)
    if not signers or not _signed_by_all(case, signers, regimes, holder_profile):
        return False
    has_level, has_marks = consent["level"], set(consent.get("marks") or [])
    if has_level == "release" and consent.get("ends_on") is None:
        has_level = "written"
    if has_level in {"written", "release"} and not _form_is_accepted(case, consent.get("form"), recipient):
        has_level, has_marks = "verbal", set()  # 35
    return CONSENT_LEVELS.index(has_level) >= CONSENT_LEVELS.index(level) and marks <= has_marks


def _form_is_accepted(case, form, recipient):
    accepted = set(case.coalition(recipient).get("accepted_forms") or [])
    equivalents = {form}
    for pair in case.bundle.get("equivalent_forms") or []:
        if form in pair:
            equivalents |= set(pair)
    return bool(form and equivalents & accepted)


def _effective_signers(case, consent):  # 8
    guardian = case.facts.get("guardian")
    counts = {
        "client": True,
        "parent": guardian == "safe_parent",
        "guardian": guardian in {"court_safe", "state_conservator"},
    }
    return {signer for signer in consent.get("signers") or [] if counts[signer]}


def _signed_by_all(case, signers, regimes, holder_profile):
    """Say whether those sign who must: an age that may be either side of 18 must pass as both."""
    youngest, oldest = case.age_range()
    is_of_both = "client" in signers and bool(signers & {"parent", "guardian"})
    alone = case.facts.get("may_sign_alone") is True
    if youngest < 18:
        if "rhy_basic" in regimes and not is_of_both:  # 40
            return False
        own_is_enough = alone or case.facts.get("emancipated") is True
        if regimes & FUNDED and not is_of_both and not (own_is_enough and "client" in signers):  # 7
            return False
    if oldest >= 18 and regimes & FUNDED:  # 9
        guarded = case.facts.get("guardian") in {"court_safe", "court_suspected", "state_conservator", None}
        own_is_enough = alone or "tx_420" in regimes or holder_profile["kind"] == "sa_program"
        if guarded and "guardian" not in signers and not (own_is_enough and "client" in signers):
            return False
    return not ("rhy_tlp" in regimes and "client" not in signers)  # 40
