"""The worked examples that a lawyer can read hold as written, on the compiled rules and on Cedar."""

from dataclasses import replace

import pytest

from policies import PACKS_DIRECTORY, PackError
from policies.examples import check_example, read_examples

EXAMPLES = [example for pack in ("federal", "us-tx", "coalition") for example in read_examples(pack)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.rule}{'-near-miss' if one.near_miss else ''}")
def test_the_example_holds_as_written(book, example):
    departures = check_example(book, example)

    assert departures == (), "\n".join(departures)


def test_every_rule_has_a_case_that_it_takes_part_in_and_a_near_miss(book):
    """A case names its rule among the deciding rules, what is shown, or the tasks; in its near miss it is idle."""
    parts = {}
    for example in EXAMPLES:
        named = {*example.expect["by"], *example.expect.get("tasks", ())}
        shown = set() if example.near_miss else {example.expect.get("first")}
        parts.setdefault(example.rule, set()).add((example.near_miss, example.rule in named | shown))

    assert parts.keys() == {rule.id for rule in book.rules}
    assert [rule for rule, found in parts.items() if found != {(False, True), (True, False)}] == []


def test_every_rule_says_for_which_words_it_is(book):
    """`only_for` of some case of each rule tells words with which it applies from words with which it does not."""
    told = {}
    for example in EXAMPLES:
        told.setdefault(example.rule, set()).update(one.applies for one in example.variations)

    assert {rule for rule, found in told.items() if found != {True, False}} == {"default-deny"}


def test_a_word_too_many_in_only_for_is_told(book):
    """The change is named, and what the rule does with it."""
    example = next(one for one in EXAMPLES if one.rule == "hipaa-treatment" and one.variations)
    wrong = [replace(one, applies=not one.applies) for one in example.variations if one.says == "purpose safety"]

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
