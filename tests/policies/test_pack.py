"""What a pack must be to be used, and what its version stands for."""

import re
import shutil

import pytest
import yaml

from policies import PACKS_DIRECTORY, PackError, is_of_a_state, load_rulebook, read_pack
from policies.engine.pack import split_policies

NAMES = ["federal", "us-tx", "coalition"]
GOOD = """@id("own-rule")
@plain("A term of our own.") @authority("coalition term") @asks("nothing")
@jurisdiction("C") @confidence("C") @reviewed("2026-11-24")
forbid (principal, action == Action::"disclose", resource)
when { context.data == Data::"narrative" && resource.kind == Kind::"court" };
"""


@pytest.fixture
def packs(tmp_path):
    """A copy of the packs that a test may spoil."""
    folder = tmp_path / "packs"
    shutil.copytree(PACKS_DIRECTORY, folder)
    return folder


def _yaml(file):
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _spoil(packs, text, advice=False):
    folder = packs / "coalition" / ("advice" if advice else "")
    folder.mkdir(exist_ok=True)
    (folder / "own.cedar").write_text(text, encoding="utf-8")


def test_a_coalition_adds_a_rule_by_adding_a_file(packs):
    _spoil(packs, GOOD)

    book = load_rulebook(NAMES, packs)

    assert book.rule("own-rule").effect == "forbid"
    assert book.rules[-1].id == "own-rule"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('@reviewed("2026-11-24")', ""), "@reviewed is missing"),
        (('@reviewed("2026-11-24")', '@reviewed("soon")'), "@reviewed must be a date"),
        (('@plain("A term of our own.")', '@plain("")'), "@plain is missing"),
        (("own-rule", "Own Rule"), "@id must be"),
        (("own-rule", "funded-release"), "the id is taken"),
        (("@asks", "@aks"), "@aks is not an annotation"),
        (('@jurisdiction("C")', '@jurisdiction("C") @due("PT1H")'), "@due belongs to advice"),
        (('@jurisdiction("C")', '@jurisdiction("C") @elders("65")'), "@elders belongs to advice"),
        (('@jurisdiction("C")', '@jurisdiction("C") @elders("old")'), "@elders must be an age"),
        (('@jurisdiction("C")', '@jurisdiction("C") @brief("are told")'), "@brief belongs to advice"),
        (('@jurisdiction("C")', '@jurisdiction("C") @brief(" ")'), "@brief must say"),
        (('@jurisdiction("C")', '@jurisdiction("C") @reaches("police")'), "@reaches must be family"),
        (('@jurisdiction("C")', '@jurisdiction("C") @step("bed")'), "@step must be stay"),
        (('Kind::"court"', 'Kind::"cuort"'), "cuort"),
        (('Data::"narrative"', 'Kind::"court"'), "own.cedar"),
        (("context.data", "context.dta"), "dta"),
        (("context.data ==", "context has data && context.data =="), "only tests of one fact"),
        (("principal, action", 'principal == Agency::"holder", action'), "not in the scope"),
        (('resource.kind == Kind::"court"', "resource.kind == principal.kind"), "listed words only"),
        (('resource.kind == Kind::"court"', "(if context.same_house then true else false)"), "only tests"),
        (("&&", '&& context.data == Data::"sud" &&'), "can never hold"),
        (("forbid", "forbiddd"), "not Cedar"),
        (("resource)", "resource == ?resource)"), "without slots"),
    ],
)
def test_what_cannot_be_used_is_refused_and_named(packs, change, message):
    _spoil(packs, GOOD.replace(*change, 1))

    with pytest.raises(PackError) as refusal:
        load_rulebook(NAMES, packs)

    assert any(message in problem for problem in refusal.value.problems), refusal.value.problems


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD, "advice is written as permits"),
        (GOOD.replace("forbid", "permit"), "@effect must be"),
        (GOOD.replace("forbid", '@effect("obligation") @due("a day") permit'), "@due must be"),
        (GOOD.replace("forbid", '@effect("obligation") @due("PT") permit'), "@due must be"),
    ],
)
def test_advice_is_checked_too(packs, text, message):
    _spoil(packs, text, advice=True)

    with pytest.raises(PackError) as refusal:
        read_pack(NAMES, packs)

    assert any(message in problem for problem in refusal.value.problems), refusal.value.problems


def test_every_problem_is_listed_at_once(packs):
    _spoil(packs, GOOD.replace("own-rule", "funded-release") + GOOD.replace("narrative", "naratif"))

    with pytest.raises(PackError) as refusal:
        read_pack([*NAMES, "us-xx"], packs)

    assert len(refusal.value.problems) >= 3


@pytest.mark.parametrize("names", [[], ["federal", "federal"], ["../packs"], ["us-tx"], ["advice"]])
def test_packs_are_named_once_exist_and_carry_the_default_denial(names):
    with pytest.raises(PackError):
        read_pack(names)


def test_the_version_is_blind_to_files_and_sees_rules(packs):
    """Moving a rule to another file changes nothing; changing one word of it does."""
    before = read_pack(NAMES, packs).version
    federal = packs / "federal"
    text = (federal / "consent.cedar").read_text(encoding="utf-8")
    first, *other_policies = split_policies(text)
    (federal / "consent.cedar").write_text("\n\n".join(other_policies), encoding="utf-8")
    (federal / "zzz.cedar").write_text("// moved\n" + first, encoding="utf-8")

    moved = read_pack(list(reversed(NAMES)), packs)
    (federal / "zzz.cedar").write_text(first.replace("agreed to this share", "agreed to that share"), encoding="utf-8")
    edited = read_pack(NAMES, packs)

    assert before.startswith("sha256:")
    assert moved.version == before
    assert moved.rules == read_pack(NAMES).rules
    assert edited.version != before
    assert read_pack(["federal"], packs).version != edited.version


def test_policies_are_split_outside_strings_and_comments():
    first = '// a; b\n@id("x;y") permit (principal, action, resource);'
    text = first + ' // tail; \n@id("z") forbid (principal, action, resource);'

    assert split_policies(text) == (
        '@id("x;y") permit (principal, action, resource);',
        '@id("z") forbid (principal, action, resource);',
    )


def test_rules_stand_in_catalogue_order(each_book):
    """The shared order, and in it all rules of a state, behind the shared rule that the state's order names."""
    shared = _yaml(PACKS_DIRECTORY / "order.yaml")
    state = next(name for name in each_book.names if is_of_a_state(name))
    own = _yaml(PACKS_DIRECTORY / state / "order.yaml")
    rule_ids = [rule.id for rule in each_book.rules]

    assert rule_ids == [rule_id for before in shared for rule_id in (before, *own.get(before, ()))]
    assert {rule_id for ids in own.values() for rule_id in ids} == {
        rule.id for rule in each_book.rules if rule.pack == state
    }


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("[own-rule]", "must list rule ids under the rule"),
        ("{consented-share: own-rule}", "must list rule ids under the rule"),
        ("{tx-child-report: [own-rule]}", "tx-child-report is not in the shared order"),
        ("{consented-share: [funded-release]}", "must list each rule id once"),
    ],
)
def test_an_order_that_places_nothing_is_refused(packs, own, message):
    (packs / "federal" / "order.yaml").write_text(own, encoding="utf-8")

    with pytest.raises(PackError) as refusal:
        read_pack(NAMES, packs)

    assert any(message in problem for problem in refusal.value.problems), refusal.value.problems


def test_each_rule_lives_in_the_pack_of_its_jurisdiction(each_book):
    """A state's letters are the end of its pack's name."""
    home = {"F": "federal", "G": "federal", "C": "coalition"}
    astray = [
        rule.id for rule in each_book.rules
        if home.get(rule.jurisdiction, f"us-{rule.jurisdiction.lower()}") != rule.pack
    ]  # fmt: skip

    assert astray == []


def test_what_a_young_person_hears_before_the_call_is_said_in_short_too(each_book):
    """A task that asks for it in its sentence has its few words, and they follow "they"."""
    heard = [rule for rule in each_book.rules if "Tell the young person before the call" in rule.plain]

    assert heard
    assert [rule.id for rule in heard if not rule.brief] == []
    assert [rule.id for rule in each_book.rules if rule.brief and not re.fullmatch(r"[a-z][^.]+[^.]", rule.brief)] == []


def test_a_page_of_a_rule_can_be_opened_by_anybody(each_book):
    """Public addresses, with semicolons between them."""
    pages = [page for rule in each_book.rules for page in rule.page.split("; ") if page]

    assert [page for page in pages if not page.startswith("https://") or " " in page] == []


def test_the_federal_pack_works_alone():
    book = load_rulebook(["federal"])

    assert {rule.pack for rule in book.rules} == {"federal"}
