"""What each step of the checks of the rules is called, and looked at; findings are told in the words of the rules."""

from __future__ import annotations

from policies.messages import Message

EXAMPLES = Message("examples")
REACH = Message("reach")
SHAPE = Message("shape")
PROMISES = Message("promises")
USE = Message("use")
ASKS = Message("asks")
CEDAR = Message("Cedar")
CASES_RUN = Message("{cases} cases for {rules} rules, on both engines; {varied} with one fact changed")
SCOPES_PROVEN = Message("{rules} rules, each proven to apply where the catalogue has it")
ONE_OF_EACH = Message("one class of data a request; one holder, one recipient (properties 3 and 15)")
CLAIMS_PROVEN = Message("{promises} promises ({numbers} properties), {claims} claims proven for every request")
RULES_TOLD = Message(
    "{rules} rules, each told somewhere (property 17); {overlaps} overlaps; {silent} rules only name a reason"
)
DENIALS_DRAWN = Message("{asked} denials drawn, what is offered applied")
SWEPT = Message("{points} points: {whole} of {rules} rules swept whole")
DRAWN_POINTS = Message("{rules} over {drawn} drawn points each, with each of their {clauses} clauses")
DECISIONS_DRAWN = Message("and {decisions} decisions of all rules together, drawn")
