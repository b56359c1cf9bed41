"""Another state is a folder: an overlay added beside the packs works with them, and changes nothing outside itself."""

import re
import shutil
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from policy_builders import answers_of, points

import policies
from policies import PACKS_DIRECTORY, load_rulebook
from policies.examples import check_example, read_examples
from policies.verify import sets_of_packs

OVERLAY = Path(policies.__file__).parent / "overlays" / "us-xx"
ROOT = OVERLAY.parents[2]
PARTS, KINDS = ("policies", "routing", "service"), ("*.py", "*.yaml", "*.cedar", "*.html", "*.js")
STATES = [name for names in sets_of_packs() for name in names if policies.is_of_a_state(name)]
HERE, THERE = ["federal", "us-tx", "coalition"], ["federal", "us-xx", "coalition"]


def _text(file):
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def packs(tmp_path_factory):
    """The packs that ship, with the invented state's folder added and nothing else touched."""
    folder = tmp_path_factory.mktemp("state") / "packs"
    shutil.copytree(PACKS_DIRECTORY, folder)
    shutil.copytree(OVERLAY, folder / "us-xx")
    return folder


@pytest.fixture(scope="module")
def invented_state(packs):
    return load_rulebook(THERE, packs)


def test_the_new_state_decides_as_its_examples_say(packs, invented_state):
    """Its own cases and near misses, and those of the federal and coalition packs beside it."""
    own = read_examples("us-xx", packs)
    shared = [example for name in ("federal", "coalition") for example in read_examples(name, packs)]

    assert {example.rule for example in own} == {rule.id for rule in invented_state.rules if rule.pack == "us-xx"}
    assert {example.near_miss for example in own} == {True, False}
    assert [problem for example in (*own, *shared) for problem in check_example(invented_state, example)] == []


def test_no_rule_of_another_state_is_in_force_there(invented_state):
    assert {rule.pack for rule in invented_state.rules} == set(THERE)
    assert not [rule.id for rule in invented_state.rules if rule.jurisdiction == "TX"]


def test_coalitions_elsewhere_notice_nothing(book, packs):
    """The Texan pack beside the new folder has the same version, the same rules and the same answers as without it."""
    beside = load_rulebook(HERE, packs)
    facts = points(3000, seed=40)

    assert beside.version == book.version
    assert beside.rules == book.rules
    assert (answers_of(beside, facts) == answers_of(book, facts)).all()


def test_the_overlay_only_tightens(packs, invented_state):
    """It opens nothing that the federal and coalition packs keep shut, and it does shut something."""
    base = load_rulebook(["federal", "coalition"], packs)
    facts = points(6000, seed=41, action="disclose")

    before, after = answers_of(base, facts), answers_of(invented_state, facts)

    assert not (after & ~before).any()
    assert (before & ~after).any()


def test_the_invented_state_cannot_be_chosen():
    """It is no law; it stands beside the packs, and says so in every file."""
    with pytest.raises(policies.PackError):
        load_rulebook(THERE)
    assert all("INVENTED" in file.read_text(encoding="utf-8") for file in OVERLAY.rglob("*.cedar"))


def test_its_rules_stand_where_its_own_order_says(invented_state):
    """The shared order needs no change; what neither lists stands last."""
    order = [rule.id for rule in invented_state.rules]

    assert order[order.index("subpoena-hold") + 1] == "xx-advocate-words"
    assert order[order.index("adult-report-state-law") + 1] == "xx-child-report"
    assert order[-1] == "xx-whereabouts"


def test_its_spanish_stands_in_its_folder():
    with (OVERLAY / "es.po").open("rb") as lines:
        own = {message.id for message in read_po(lines)}
    sentences = re.findall(r'^@(?:plain|asks)\("(.*)"\)$', "".join(map(_text, OVERLAY.rglob("*.cedar"))), re.MULTILINE)

    assert len(sentences) == 6
    assert {*sentences} == own - {""}


@pytest.mark.parametrize("state", STATES)
def test_no_file_outside_a_states_folder_names_its_rules(state):
    """A lawyer writes a state by its folder alone."""
    home = PACKS_DIRECTORY / state
    ids = re.findall(r'^@id\("(.*)"\)$', "".join(map(_text, home.rglob("*.cedar"))), re.MULTILINE)
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(ids)})(?![\w-])")
    files = [file for part in PARTS for kind in KINDS for file in (ROOT / part).rglob(kind) if home not in file.parents]

    assert len(ids) > 10
    assert len(files) > 300
    assert [str(file.relative_to(ROOT)) for file in files if pattern.search(_text(file))] == []
