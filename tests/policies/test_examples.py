"""The worked examples that a lawyer can read hold as written, on the compiled rules and on Cedar."""

from dataclasses import replace

import pytest

from policies import PACKS_DIRECTORY, PackError, is_of_a_state, load_rulebook
from policies.examples import check_example, read_examples
from policies.verify import Check, sets_of_packs

EXAMPLES = {names: Check(names).examples for names in sets_of_packs()}
"""The cases of each state's packs, with those that all states share."""
CASES = [(names, example) for names, examples in EXAMPLES.items() for example in examples]


@pytest.fixture(scope="module")
def books():
    return {names: load_rulebook(names) for names in EXAMPLES}


@pytest.mark.parametrize(
    ("names", "example"), CASES,
    ids=[f"{'+'.join(names)}-{case.rule}{'-near-miss' if case.near_miss else ''}" for names, case in CASES],
)  # fmt: skip
def test_the_example_holds_as_written(books, names, example):
    """If this fails for an older case: "A new forbid may also decide older cases" in `policies/README.md`."""
    departures = check_example(books[names], example)

    assert departures == (), "\n".join(departures)


def test_a_states_own_case_stands_in_for_one_that_its_law_shuts(each_book):
    """Of a rule of another pack: the shared case, which does not hold there, is left out there, and only there."""
    home = {rule.id: rule.pack for rule in each_book.rules}
    own = [example for name in each_book.names if is_of_a_state(name) for example in read_examples(name)]
    shared = [example for name in each_book.names if not is_of_a_state(name) for example in read_examples(name)]
    left_out = [case for case in shared if case not in EXAMPLES[each_book.names]]

    assert all(case in EXAMPLES[each_book.names] for case in own)
    assert {case.rule for case in left_out} == {case.rule for case in own if not is_of_a_state(home[case.rule])}
    assert {case.rule for case in left_out if check_example(each_book, case)} == {case.rule for case in left_out}


def test_every_rule_has_a_case_that_it_takes_part_in_and_a_near_miss(each_book):
    """A case names its rule among the deciding rules, what is shown, or the tasks; in its near miss it is idle."""
    parts = {}
    for example in EXAMPLES[each_book.names]:
        rules_named = {*example.expect["by"], *example.expect.get("tasks", ())}
        rules_shown = set() if example.near_miss else {example.expect.get("first")}
        parts.setdefault(example.rule, set()).add((example.near_miss, example.rule in rules_named | rules_shown))

    assert parts.keys() == {rule.id for rule in each_book.rules}
    assert [rule for rule, roles in parts.items() if roles != {(False, True), (True, False)}] == []


def test_every_rule_says_for_which_words_it_is(each_book):
    """`only_for` of some case of each rule tells words with which it applies from words with which it does not."""
    verdicts = {}
    for example in EXAMPLES[each_book.names]:
        verdicts.setdefault(example.rule, set()).update(variation.applies for variation in example.variations)

    assert {rule for rule, values in verdicts.items() if values != {True, False}} == {"default-deny"}


def test_a_word_too_many_in_only_for_is_told(book):
    """The change is named, and what the rule does with it."""
    example = next(case for _, case in CASES if case.rule == "hipaa-treatment" and case.variations)
    wrong = [
        replace(variation, applies=not variation.applies)
        for variation in example.variations
        if variation.says == "purpose safety"
    ]

    assert check_example(book, replace(example, variations=tuple(wrong))) == (
        "hipaa-treatment: with purpose safety it does not apply",
    )


@pytest.mark.parametrize(
    "line",
    ["share: {action: [discloze]}", "shore: {action: [disclose]}", "share: {axion: [x]}", "share: {axion: [true]}"],
)
def test_only_for_names_facts_and_words_that_exist(tmp_path, line):
    folder = tmp_path / "examples"
    folder.mkdir()
    text = (PACKS_DIRECTORY / "examples" / "federal.yaml").read_text(encoding="utf-8")
    first = text.index("only_for:\n")
    (folder / "federal.yaml").write_text(
        text[:first] + "only_for:\n    " + line + text[text.index("\n  near_miss", first) :]
    )

    with pytest.raises(PackError, match="consented-share"):
        read_examples("federal", tmp_path)


def test_a_misspelt_part_of_an_example_is_refused(tmp_path):
    folder = tmp_path / "examples"
    folder.mkdir()
    text = (PACKS_DIRECTORY / "examples" / "coalition.yaml").read_text(encoding="utf-8")
    (folder / "coalition.yaml").write_text(text.replace("holder: {member: true}", "holdr: {member: true}", 1))

    with pytest.raises(PackError):
        read_examples("coalition", tmp_path)
