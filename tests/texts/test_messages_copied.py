"""A message that was copied or sent to another process is the same message, in every language."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from policies.messages import AND, Message, Plural, joined
from service.i18n.translation import read_in

BEDS = Plural("{count} bed", "{count} beds").format(count=3)
MESSAGES = (Message("Call {name}: {phone}.").format(name="Y", phone="555"), BEDS, joined([Message("food"), BEDS], AND))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda message: pickle.loads(pickle.dumps(message))])
@pytest.mark.parametrize("message", MESSAGES)
def test_a_copy_is_the_same_message(message: Message, copied: Callable[[Message], Message]) -> None:
    """Its English, its template and what fills it."""
    again = copied(message)

    assert (again, type(again), again.template) == (message, type(message), message.template)
    assert read_in("es", again) == read_in("es", message)
