"""What the oracle lets a packet carry, checked case by case against the catalogue."""

import pytest
from oracle import brute
from oracle.tiny import agreement, bundle, consent, need, organization, profile, service

HOTLINE = organization("hotline")
PACKET = {"accepts": ["packet"], "intake_data": ["need", "identity"]}


def packet_goes(
    consents, *, holder=(), receiver=(), facts=(), age=30, agreements=(), alike=(), types=("food",), **more
):
    """Say whether a packet from the hotline to the org is a path."""
    origin = organization("hotline", **dict(holder))
    org = organization("org", service("a", *types, **{**PACKET, **more}), **dict(receiver))
    rows = bundle(origin, org, agreements=agreements, equivalent_forms=alike)
    wants = profile(need(types[0]), consents=consents, client={"age": age}, facts=dict(facts))
    return bool(brute.best_paths(rows, wants))


@pytest.mark.parametrize(
    ("change", "goes"),
    [
        ({}, True),
        ({"ends_on": "2026-03-02"}, True),
        ({"ends_on": "2026-03-01"}, False),
        ({"ends_on": None}, False),  # a release without an end counts as written
        ({"withdrawn_on": "2026-03-02"}, False),
        ({"withdrawn_on": "2026-03-03"}, True),
        ({"signed_on": "2026-03-03"}, False),
        ({"signed_on": None}, False),
        ({"to": ["ward"]}, False),
        ({"from": "org"}, False),
        ({"data": ["need"]}, False),
        ({"purpose": "benefits"}, False),
        ({"level": "written"}, False),
        ({"form": "other"}, False),
        ({"signers": []}, False),
        ({"signers": ["parent"]}, False),
    ],
)
def test_what_a_release_must_be_for_a_holder_with_a_regime(change, goes):
    """Rules 0, 4, 5 and 35: current, in scope, signed, on a form that the recipient takes."""
    assert packet_goes([consent("hotline", "org", **change)]) is goes


def test_a_holder_with_no_regime_needs_a_spoken_yes():
    """verbal is enough, and so is a release on a form that the recipient does not list; told is not."""
    bare = {"regimes": []}

    assert packet_goes([consent("hotline", "org", level="verbal", form=None)], holder=bare)
    assert packet_goes([consent("hotline", "org", form="other")], holder=bare)
    assert not packet_goes([consent("hotline", "org", level="told")], holder=bare)


def test_an_equivalent_form_counts():
    """Stated equivalent to a listed form, directly."""
    assert packet_goes([consent("hotline", "org", form="other")], alike=[["other", "roi"]])


@pytest.mark.parametrize(
    ("signers", "guardian", "alone", "age", "goes"),
    [
        (["client"], "safe_parent", False, 15, False),
        (["client"], "safe_parent", True, 15, True),
        (["client", "parent"], "safe_parent", False, 15, True),
        (["client", "parent"], "suspected_parent_only", False, 15, False),
        (["parent"], "safe_parent", False, 15, False),
        (["client", "guardian"], "court_safe", False, 15, True),
        (["client", "guardian"], "court_suspected", False, 15, False),
        (["client"], "safe_parent", False, {"min": 16, "max": 19}, False),
        (["client", "parent"], "safe_parent", False, {"min": 16, "max": 19}, True),
        (["client"], "none", False, {"min": 18, "max": 19}, True),
        (["client"], "court_safe", False, 30, False),
        (["guardian"], "court_safe", False, 30, True),
    ],
)
def test_who_must_sign_at_a_funded_holder(signers, guardian, alone, age, goes):
    """Rules 7, 8 and 9, with an age on both sides of 18 read as both."""
    facts = {"guardian": guardian, "may_sign_alone": alone}

    assert packet_goes([consent("hotline", "org", signers=signers)], facts=facts, age=age) is goes


@pytest.mark.parametrize(
    ("data", "marks", "holder", "receiver", "goes"),
    [
        ("privileged", ["privilege"], {}, {}, True),
        ("privileged", [], {}, {}, False),
        ("privileged", ["privilege"], {"regimes": ["fvpsa", "tx_93"]}, {}, False),
        ("immigration", [], {}, {}, False),
        ("immigration", ["immigration"], {}, {}, True),
        ("immigration", [], {"basis": "systems"}, {}, True),
        ("sud", [], {"regimes": ["part2"]}, {}, False),
        ("sud", ["sud"], {"regimes": ["part2"]}, {}, True),
        ("sud", [], {}, {}, True),
        ("health", [], {"regimes": ["hipaa"]}, {}, False),
        ("health", ["health"], {"regimes": ["hipaa"]}, {}, True),
        ("health", [], {"regimes": ["hipaa"]}, {"kind": "health"}, True),
    ],
)
def test_marks_that_some_data_asks_for(data, marks, holder, receiver, goes):
    """Rules 17, 24, 36, 37 and 48."""
    given = consent("hotline", "org", marks=marks, data=[data])

    assert packet_goes([given], intake_data=[data], holder=holder, receiver=receiver) is goes


def test_what_the_destination_reveals_needs_the_same_permission():
    """A packet for detox carries sud: without a consent for it the packet stays."""
    assert not packet_goes([consent("hotline", "org")], types=["detox"])
    assert packet_goes([consent("hotline", "org", data=["need", "identity", "sud"])], types=["detox"])


def test_police_receive_from_a_community_holder_on_a_release_only():
    """Rule 26: verbal is enough for the holder, and not for this recipient."""
    spoken, police = [consent("hotline", "org", level="verbal")], {"kind": "law_enforcement", "basis": "systems"}

    assert not packet_goes(spoken, holder={"regimes": []}, receiver=police)
    assert packet_goes([consent("hotline", "org")], holder={"regimes": []}, receiver=police)


def test_members_of_two_houses_need_one_agreement_that_covers_it_all():
    """Rule 33: in force, covering the types, and its data capping the packet; two halves are not one whole."""
    yes, member = [consent("hotline", "org")], {"membership": "active"}
    halves = [agreement("hotline", "org", data=["need"]), agreement("hotline", "org", data=["identity"])]

    assert not packet_goes(yes, holder=member, receiver=member)
    assert packet_goes(yes, holder=member)
    assert packet_goes(yes, holder=member, receiver={**member, "parent": "hotline"})
    assert packet_goes(yes, holder=member, receiver=member, agreements=[agreement("hotline", "org")])
    assert not packet_goes(yes, holder=member, receiver=member, agreements=halves)
    assert not packet_goes(
        yes, holder=member, receiver=member, agreements=[agreement("hotline", "org", types=["clothing"])]
    )
