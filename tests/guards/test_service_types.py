"""Words of the closed lists are the same wherever a module or a table names them."""

from __future__ import annotations

from service import vocabulary
from service.hsds.curation import propose_types
from service.standard import type_map
from service.wording import terms


def test_every_word_has_a_meaning() -> None:
    """If this fails: write, or take out, the meaning of these words in `service/wording/terms.py`."""
    lists = {name: meanings for name, meanings in vars(terms).items() if name.isupper()}
    unlike = {name: {*meanings} ^ {*getattr(vocabulary, name)} for name, meanings in lists.items()}

    assert {*lists} >= {"SERVICE_TYPES", "TRAITS", "GENDERS"}
    assert {name: words for name, words in unlike.items() if words} == {}


def test_tables_of_imports_name_types_that_there_are() -> None:
    """If this fails: spell these as in `SERVICE_TYPES` of `service/vocabulary.py`."""
    titles, _ = propose_types._table()
    named = {
        "service/standard/type_map.py": {*type_map._TYPES_OF_TITLES.values(), *type_map._TYPES_OF_CODES.values()},
        "service/hsds/curation/open_eligibility.yaml": {kind for kinds in titles.values() for kind in kinds},
        "service/hsds/curation/propose_types.py": {kind for _, kinds in propose_types._NAMES for kind in kinds},
    }

    assert all(named.values())
    assert {place: strange for place, kinds in named.items() if (strange := kinds - {*vocabulary.SERVICE_TYPES})} == {}
