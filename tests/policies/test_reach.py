"""Where rules are said to apply: how it is read, that it is proven, and what a wrong word does."""

import shutil

import pytest
import yaml
from seeds import fresh

from policies import PACKS_DIRECTORY, PackError, load_rulebook
from policies.engine.evaluate import evaluate
from policies.verify.catalogue_scope import TERMS_KEY, ScopeTerms, read_scopes, read_terms
from policies.verify.run import Check, sets_of_packs
from policies.verify.sample_points import draw

NAMES = ("coalition", "federal", "us-tx")


@pytest.fixture
def packs(tmp_path):
    folder = tmp_path / "packs"
    shutil.copytree(PACKS_DIRECTORY, folder)
    return folder


@pytest.fixture(scope="module")
def space(book):
    return book.pack.space


def _holds(space, terms, sentence):
    return evaluate(space, [ScopeTerms(space, terms).formula(sentence)], draw(space, 4000, seed=fresh(1)))[0]


TERMS = {
    "a minor": {"age": ["minor"]},
    "perhaps a minor": {"age": {"not": ["adult"]}},
    "funded": {"holder.regimes": ["vawa", "voca"]},
    "no regime": {"holder.regimes": []},
    "both members": {"holder.member": True, "recipient.member": True},
    "agreed": {"may_sign_alone": [True]},
    "two laws": {"two_of": {"holder.regimes": [["vawa", "voca"], ["hipaa"], ["ferpa"]]}},
    "a funded minor": "a minor and funded",
}


@pytest.mark.parametrize(
    ("sentence", "meaning"),
    [
        ("a minor", lambda point: point.age == "minor"),
        ("perhaps a minor", lambda point: point.age != "adult"),
        ("not a minor", lambda point: point.age != "minor"),
        ("funded", lambda point: bool(point.holder.regimes & {"vawa", "voca"})),
        ("no regime", lambda point: not point.holder.regimes),
        ("both members", lambda point: point.holder.member and point.recipient.member),
        ("agreed", lambda point: point.may_sign_alone == "yes"),
        ("a funded minor", lambda point: point.age == "minor" and bool(point.holder.regimes & {"vawa", "voca"})),
        ("agreed or a minor and funded", lambda point: point.may_sign_alone == "yes"
            or (point.age == "minor" and bool(point.holder.regimes & {"vawa", "voca"}))),
        ("two laws", lambda point: bool(point.holder.regimes & {"vawa", "voca"}) + ("hipaa" in point.holder.regimes)
            + ("ferpa" in point.holder.regimes) >= 2),
    ],
)  # fmt: skip
def test_a_sentence_of_terms_means_what_it_reads_like(space, sentence, meaning):
    """`and` binds before `or`; a set is met by any of its words, `[]` by none; `two_of` by words of two groups."""
    from policies.engine.encode_facts import decode

    points = draw(space, 4000, seed=fresh(1))

    points_held = _holds(space, TERMS, sentence)

    assert points_held.tolist() == [meaning(decode(space, column)) for column in points.T]
    assert {True, False} == set(points_held.tolist())


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({}, "a minor"),
        ({"a boy or girl": {"age": ["minor"]}}, "a boy or girl"),
        ({"not adult": {"age": ["minor"]}}, "not adult"),
        ({"a minor": {"age": ["minr"]}}, "a minor"),
        ({"a minor": {"agge": ["minor"]}}, "a minor"),
        ({"a minor": {"age": {"but": ["adult"]}}}, "a minor"),
        ({"a minor": {}}, "a minor"),
        ({"a minor": ["age"]}, "a minor"),
        ({"funded": {"holder.regimes": ["vaw"]}}, "funded"),
        ({"one": "other", "other": "one"}, "one"),
    ],
)
def test_a_term_that_means_nothing_is_refused(space, terms, sentence):
    with pytest.raises((ValueError, KeyError)):
        _holds(space, terms, sentence)


def test_every_term_that_ships_is_used_and_every_rule_is_said_once(space):
    """No definition stands there unused, of a pack's own terms neither; `reach.yaml` names each rule of its pack."""
    terms, used, rules = read_terms(), set(), {}
    for names in sets_of_packs():
        rules |= {rule.id: rule for rule in load_rulebook(names).rules if not rule.pseudo}
    for name in {rule.pack for rule in rules.values()}:
        scopes = yaml.safe_load((PACKS_DIRECTORY / name / "reach.yaml").read_text(encoding="utf-8"))
        added = scopes.pop(TERMS_KEY, {})
        own = ScopeTerms(space, terms | added)
        for entry in scopes.values():
            for sentence in (*entry.get("when", ()), *entry.get("unless", ()), *(entry[key] for key in entry if key in
                             ("opens", "stops", "brings"))):  # fmt: skip
                own.formula(sentence)
        used |= own.terms_in_use
        assert set(added) - own.terms_in_use == set()
        assert set(scopes) == {rule.id for rule in rules.values() if rule.pack == name}

    assert set(terms) - used == set()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("unless: [court papers, a release, a judge's order]", "unless: [court papers, a judge's order]",
         "funded-release: is said to apply, and does not"),
        ("when: [a funded program, danger is known]", "when: [danger is known, a funded program, a known minor]",
         "emergency-funded-holder: applies, and is not said to"),
        ("funded-release:", "funded-releese:", "funded-release: nothing says where it applies"),
        ("  opens: a share or a report\n  when: [totals]", "  stops: a share or a report\n  when: [totals]",
         "aggregate-permit: is a permit, and is said to be a forbid"),
    ],
)  # fmt: skip
def test_rule_and_reach_that_differ_are_found_with_a_witness(packs, before, after, message):
    file = packs / "federal" / "reach.yaml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")

    findings = Check(NAMES, packs).check_scope().issues

    assert [finding for finding in findings if finding.startswith(message)]


@pytest.mark.parametrize(
    "entry",
    [
        "{when: [totals]}",
        "{opens: a share, stops: a share}",
        "{opens: a share, wen: [totals]}",
        "{opens: a shore}",
        "[]",
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_by_its_place(packs, book, entry):
    with (packs / "coalition" / "reach.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\nodd: {entry}\n")

    with pytest.raises(PackError, match=r"coalition/reach\.yaml: odd"):
        read_scopes(book.pack, packs)
