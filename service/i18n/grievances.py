"""Grievances in words: reasons for a grievance, states and outcomes."""

from __future__ import annotations

from collections.abc import Mapping

from policies.messages import Message

CODES: Mapping[str, str] = {
    "not_heard": Message("I was not heard."),
    "pressed": Message("I was pressed to say or sign something."),
    "shared_without_consent": Message("Something was shared that I did not agree to."),
    "turned_away": Message("I was turned away."),
    "no_answer": Message("No answer came, or it came too late."),
    "wrong_information": Message("What I was told was wrong."),
    "not_safe": Message("I was not safe there."),
    "treated_unfairly": Message("I was treated worse than others."),
    "conflict_of_interest": Message("Someone had an interest of their own."),
    "other": Message("Something else."),
}
STATUS: Mapping[str, str] = {
    "filed": Message("It is kept, and no one has begun to look into it yet."),
    "in_review": Message("It is being looked into."),
}
OUTCOMES: Mapping[str, str] = {
    "put_right": Message("It was put right."),
    "practice_changed": Message("The agency now works in another way."),
    "apology": Message("The agency says that it is sorry."),
    "passed_on": Message("It was passed on to people who can do more."),
    "not_found": Message("What was told could not be found to be so."),
    "not_enough_known": Message("Too little was known to go on."),
}
KEPT = Message("It is kept for the people who hear complaints. Keep the code: it shows you how it ends.")
NOBODY_YET = Message(
    "It is kept. The coalition has not named yet who hears complaints. Keep the code: it shows you how it ends."
)
