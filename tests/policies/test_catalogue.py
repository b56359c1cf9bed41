"""The pack is complete: every row of the rule catalogue is carried by rules, with its confidence and jurisdiction."""

import re

import pytest
import yaml

from policies import PACKS_DIRECTORY, is_of_a_state, load_rulebook, load_vocabulary
from policies.verify import sets_of_packs

RULES = {rule.id: rule for names in sets_of_packs() for rule in load_rulebook(names).rules}
"""Every rule that ships, of all states."""
SHARED = yaml.safe_load((PACKS_DIRECTORY / "catalogue.yaml").read_text(encoding="utf-8"))
OWN = {
    file.parent.name: yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in sorted(PACKS_DIRECTORY.glob("*/catalogue.yaml"))
}
"""The rows of each state's pack."""
CARRIED = {
    number: [*row.get("rules", ()), *(rule_id for rows in OWN.values() for rule_id in rows.get(number, ()))]
    for number, row in SHARED.items()
}
"""The rules of each row, those of states too."""
CATALOGUE = (PACKS_DIRECTORY / "catalogue.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+) \| ([a-z0-9-]+) \| (\w+) \| ([^|]+) \|.*\| ([^|]+) \|$", re.MULTILINE)
ATTRIBUTE = re.compile(r"^\|[^|]*\| (.+?) \| (.+?) \|$", re.MULTILINE)
# Words of section 2 that are facts under another name, or that no rule of the catalogue reads.
ELSEWHERE = {
    "operator_authorised", "address_private", "accepted_forms", "professional_24h", "age_at_event", "current",
    "in_scope", "class",
}  # fmt: skip
BESIDE = ("grievance-channel", "record-without-content", "campus-notice")
"""Rules that the catalogue tells of outside its table."""
OWN_TERMS = [key for key in SHARED if key not in {*range(57), *BESIDE}]
"""Terms of a coalition's own, which the catalogue of the law does not know: each a key of its rule's name."""


def _rows():
    return {int(number): cells for number, *cells in ROW.findall(CATALOGUE)}


def test_every_rule_carries_a_row_and_every_row_is_carried():
    """No rule stands for nothing in the catalogue; no row names a rule that is not there.

    If this fails: add the rule's id to its row in `catalogue.yaml` of its pack, a federal one's or the coalition's in
    `packs/catalogue.yaml`; a term of the coalition's own, which serves no row, is a key of its own there:
    `my-term: {rules: [my-term]}`.
    """
    carried = [rule_id for ids in CARRIED.values() for rule_id in ids]

    assert [*CARRIED] == [*range(57), *BESIDE, *OWN_TERMS]
    assert [key for key in OWN_TERMS if CARRIED[key] != [key] or RULES[key].jurisdiction != "C"] == []
    assert all(CARRIED.values())
    assert len(set(carried)) == len(carried)
    assert set(carried) == RULES.keys()
    assert {key for row in SHARED.values() for key in row} == {"rules", "state", "fact", "kept_strict"}


def test_a_states_rows_stand_in_its_folder():
    """The shared rows name no rule of a state, and say what is asked of it where they name none; its own no other's."""
    shared = [rule_id for row in SHARED.values() for rule_id in row.get("rules", ())]

    assert [rule_id for rule_id in shared if is_of_a_state(RULES[rule_id].pack)] == []
    assert all(row.get("rules") or row["state"] for row in SHARED.values())
    for state, rows in OWN.items():
        assert rows.keys() <= SHARED.keys()
        assert {RULES[rule_id].pack for ids in rows.values() for rule_id in ids} == {state}
    assert len(OWN) > 2


def test_the_catalogue_has_no_row_beside_these():
    lines = set(re.findall(r"^(?:Two coalition .*|\*\*campus-notice)", CATALOGUE, re.MULTILINE))

    assert set(_rows()) == set(range(57))
    assert len(lines) == 2
    assert {*BESIDE} <= set(re.findall(r"\*\*([a-z-]+)\*\*", CATALOGUE))


@pytest.mark.parametrize("number", range(57))
def test_a_row_is_carried_under_its_own_name(number):
    """The catalogue's id is the rule's, or the beginning of its sub-rules'; its jurisdiction is the rule's."""
    rule_id, jurisdiction, effect, confidence = _rows()[number]
    own = [RULES[name] for name in CARRIED[number] if name.startswith(rule_id)]
    letters = set(re.findall(r"\b[PSMCG]\b", confidence))

    assert own, rule_id
    assert jurisdiction in {rule.jurisdiction for rule in own}
    assert letters <= {letter for name in CARRIED[number] for letter in _letters(RULES[name])}
    if len(CARRIED[number]) == 1:
        assert own[0].confidence == confidence
    if effect.startswith(("forbid", "require")):
        assert {rule.effect for rule in own} <= {"forbid", "obligation", "advice"}


def _letters(rule):
    return set(re.findall(r"\b[PSMCG]\b", rule.confidence))


def test_every_attribute_of_section_2_is_a_word_of_the_vocabulary():
    """The closed vocabulary holds each value that the catalogue lists; an attribute has its own name, or ELSEWHERE."""
    words = load_vocabulary()
    section = CATALOGUE.partition("## 2. Attributes")[2].partition("## 3.")[0]
    vocabulary = {word for type_words in words.types.values() for word in type_words} | set(words.actions)
    attributes = {*words.agency, *words.context, *ELSEWHERE}

    values, names = set(), set()
    for name, value_cell in ATTRIBUTE.findall(section):
        names |= set(re.findall(r"`([a-z_0-9]+)`", name))
        plain = re.sub(r"\([^)]*\)", "", value_cell)
        if "boolean" not in plain and "form ids" not in plain and "worked out" not in plain:
            values |= {value.strip() for value in plain.split(";")[0].split(",")} - {""}

    assert len(values) > 75
    assert values - {"Values"} <= vocabulary
    assert {name for name in names if name not in attributes} <= {"status", "type", "level", "marks", "signers"}
