"""What is asked of small arrays, held against the general ways of numpy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from routing.directory.arrays import are_among, begins, distinct, repeated, runs

NUMBERS = st.lists(st.integers(0, 6), max_size=12)


@given(values=NUMBERS, some=NUMBERS)
def test_small_arrays_are_told_what_numpy_tells_of_any(values: list[int], some: list[int]) -> None:
    array = np.array(values, dtype=np.int32)

    assert are_among(array, some).tolist() == np.isin(array, some).tolist()
    assert are_among(array, np.array(some, dtype=np.int32)).tolist() == np.isin(array, some).tolist()
    assert distinct(array).tolist() == np.unique(array).tolist()
    assert repeated(array).tolist() == [values.count(value) > 1 for value in values]


@given(values=NUMBERS)
def test_a_run_begins_where_a_value_is_another_than_the_one_before(values: list[int]) -> None:
    array = np.array(values, dtype=np.int64)
    expected = [place == 0 or values[place - 1] != value for place, value in enumerate(values)]

    assert begins(array).tolist() == expected
    assert runs(array).tolist() == [place for place, is_first in enumerate(expected) if is_first]
