"""What writing an answer out in another language costs, beside the answer itself."""

from __future__ import annotations

import json
from time import process_time

from loaded import Loader

from service import demo
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.documents.document import parse_document
from service.i18n.translation import ENGLISH, read_in

MOST = 1.1
"""The Spanish of a whole answer by the English."""
ROUNDS = 6


def test_a_spanish_answer_takes_little_more_than_an_english_one(loader: Loader) -> None:
    """From the profile's bytes to the document's, on all profiles of the demo, and of the same what writes it out.

    Both by turns, and the least of each counts: of two whole answers a busy machine makes the one or the other longer.
    """
    directory = loader.serve(parse_document(demo.coalition_bytes())[0])[1]
    profiles = [demo.profile_bytes(name) for name in demo.profile_names()]

    def seconds() -> tuple[float, float]:
        start, written_s = process_time(), 0.0
        for profile in profiles:
            document = find_paths(directory, read_profile(profile))
            json.dumps(read_in(ENGLISH, document))
            begun = process_time()
            json.dumps(read_in("es", document))
            written_s += process_time() - begun
        return process_time() - start - written_s, written_s

    seconds()  # catalogues are read and rules asked once
    english, spanish = (min(times) for times in zip(*(seconds() for _ in range(ROUNDS)), strict=True))

    assert (english + spanish) / english <= MOST
