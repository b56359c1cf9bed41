"""Two people of one agency at the same referral, at the same moment (of the same count: `test_beds.py`)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from html import unescape

from api_builders import Api
from inbox_builders import SHELTER, press, send, status_of
from visitors import signed_in

from service.page.words import word

SCOPES = ("directory:read", "referral")


def test_two_workers_at_the_same_referral_lose_nothing(demo: Api) -> None:
    """Both have it open: the first answer stands, the second one is told how it stands now and can go on from there."""
    sent, *workers = send(demo), *(signed_in(demo, SHELTER, *SCOPES) for _ in range(2))
    first, second = (press(worker, worker.get("/inbox").text, "/inbox/open", id=sent["id"]).text for worker in workers)

    with ThreadPoolExecutor(2) as both:
        moves = zip(
            workers, (first, second), ({"status": "accepted"}, {"status": "declined", "reason": "full"}), strict=True
        )
        done = [both.submit(press, worker, page, "/inbox/move", **fields) for worker, page, fields in moves]
        answers = [one.result() for one in done]

    assert sorted(answer.status_code for answer in answers) == [200, 412]
    kept = "accepted" if answers[0].status_code == 200 else "declined"
    assert status_of(demo, sent) == kept
    late = next(answer for answer in answers if answer.status_code == 412)
    assert word("en", "got.changed") in unescape(late.text)
    assert word("en", f"status.{kept}") in unescape(late.text)
