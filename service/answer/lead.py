"""The first thing to do, for a reader of the first line only (contract, "Lead")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import routing
from service.answer.notices import is_emergency, refuses_police
from service.answer.others import first_away
from service.answer.steps import StepWriter
from service.wording import answers, calls

Document = dict[str, Any]
EMERGENCY = "911"


@dataclass(frozen=True)
class LeadWriter:
    """Writes the lead. Pure for one request.

    `first` is the first path of the answer, `pressing` are the most urgent needs, `near` holds alternatives to open
    needs, by type. `question` is the question to ask before any call, with the organization (slug) reached by an
    answer, `fallback` the last line to call.
    """

    writer: StepWriter
    danger: str | None
    first: routing.Path | None
    pressing: Sequence[str]
    question: tuple[Document, str] | None
    advocate: routing.Path | None
    near: dict[str, list[Document]]
    fallback: Document

    def write(self) -> Document:
        """Return the first applicable lead. Cedar has borne out every step handed in."""
        profile = self.writer.profile
        if is_emergency(self.danger):
            plain = answers.call_911(self.danger, no_police=refuses_police(profile))
            return _lead("emergency", plain, phone=EMERGENCY, tel=f"tel:{EMERGENCY}")
        standing = routing.standing_of(profile, self.first, self.writer.served.snapshot.law)
        if standing.bad and self.question is not None:
            return self._ask(*self.question)
        if standing.bad and self.advocate is not None:
            return self._call(first_away(self.advocate), calls.LEAD_ADVOCATE)
        if self.first is not None and standing.pressing_open < len(self.pressing):
            return self._first_step(self.first.steps[0])
        for service_type in self.pressing:
            for other in self.near.get(service_type, ())[:1]:
                return self._to("call", calls.LEAD_NEAR, other["to"], other["contact"])
        return self._fall_back()

    def _ask(self, question: Document, opens: str) -> Document:
        said = calls.LEAD_TELL_AND_ASK if question["before"] else calls.LEAD_ASK
        return _lead("ask", said.format(text=question["text"]), ask=question, opens=self.writer.organization(opens))

    def _first_step(self, step: routing.Step) -> Document:
        if step.mode == "internal":
            names = self.writer.served.names
            service = " and ".join(names.services[use.service].name for use in step.services)
            plain = calls.LEAD["internal"].format(service=service)
            return _lead("here", plain, to=self.writer.organization(step.organization), **self._numbers(step))
        return self._call(step, calls.LEAD[step.mode], do="send" if step.mode == "packet" else "call")

    def _call(self, step: routing.Step, said: str, *, do: str = "call") -> Document:
        return self._to(do, said, self.writer.organization(step.organization), self.writer.contact(step))

    def _numbers(self, step: routing.Step) -> Document:
        contact = self.writer.contact(step)
        return {key: contact[key] for key in ("phone", "tel", "sms")}

    def _to(self, do: str, said: str, to: Document, contact: Document) -> Document:
        plain = said.format(name=to["name"], phone=contact["phone"] or calls.NO_NUMBER)
        return _lead(do, plain, to=to, **{key: contact[key] for key in ("phone", "tel", "sms")})

    def _fall_back(self) -> Document:
        line = self.fallback
        plain = calls.LEAD_FALLBACK.format(name=line["name"], phone=line["phone"] or line["sms"])
        return _lead("fallback", plain, phone=line["phone"], tel=line["tel"], sms=line["sms"])


def _lead(
    do: str,
    plain: str,
    *,
    to: Document | None = None,
    phone: str | None = None,
    tel: str | None = None,
    sms: str | None = None,
    ask: Document | None = None,
    opens: Document | None = None,
) -> Document:
    return {
        "do": do, "plain": plain, "to": to, "phone": phone, "tel": tel, "sms": sms, "ask": ask, "opens": opens,
    }  # fmt: skip
