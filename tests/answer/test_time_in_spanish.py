"""What writing an answer out in another language costs, beside the answer itself."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

from loaded import Loader

from service import demo
from service.answers.profile import read_profile
from service.answers.work.find_paths import find_paths
from service.infrastructure.documents.document import parse_document
from service.words.translation import ENGLISH, read_in

MOST = 1.1
"""The Spanish of a whole answer by the English."""
ROUNDS = 6


def test_a_spanish_answer_takes_little_more_than_an_english_one(loader: Loader) -> None:
    """From the profile's bytes to the document's, by turns on all profiles of the demo; the least of each counts."""
    served = loader.serve(parse_document(demo.coalition_bytes())[0])[1]
    profiles = [demo.profile_bytes(name) for name in demo.profile_names()]

    def seconds(language: str) -> float:
        start = process_time()
        for profile in profiles:
            document: Any = read_in(language, find_paths(served, read_profile(profile)))
            json.dumps(document)
        return process_time() - start

    for language in (ENGLISH, "es"):  # catalogues are read and rules asked once
        seconds(language)
    english, spanish = (
        min(times) for times in zip(*((seconds(ENGLISH), seconds("es")) for _ in range(ROUNDS)), strict=True)
    )

    assert spanish / english <= MOST
