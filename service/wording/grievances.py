"""Grievances in words: reasons for a grievance, states and outcomes."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    "not_heard": "I was not heard.",
    "pressed": "I was pressed to say or sign something.",
    "shared_without_consent": "Something was shared that I did not agree to.",
    "turned_away": "I was turned away.",
    "no_answer": "No answer came, or it came too late.",
    "wrong_information": "What I was told was wrong.",
    "not_safe": "I was not safe there.",
    "treated_unfairly": "I was treated worse than others.",
    "conflict_of_interest": "Someone had an interest of their own.",
    "other": "Something else.",
}
STATUS: Mapping[str, str] = {
    "filed": "It is kept, and no one has begun to look into it yet.",
    "in_review": "It is being looked into.",
}
OUTCOMES: Mapping[str, str] = {
    "put_right": "It was put right.",
    "practice_changed": "The agency now works in another way.",
    "apology": "The agency says that it is sorry.",
    "passed_on": "It was passed on to people who can do more.",
    "not_found": "What was told could not be found to be so.",
    "not_enough_known": "Too little was known to go on.",
}
KEPT = "It is kept for the people who hear complaints. Keep the code: it shows you how it ends."
NOBODY_YET = (
    "It is kept. The coalition has not named yet who hears complaints. Keep the code: it shows you how it ends."
)
