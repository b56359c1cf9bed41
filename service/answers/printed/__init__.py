"""Answers and rules printed for a person: plain text that reads well 80 columns wide, in a terminal and in a pipe."""

from service.answers.printed.answer import print_answer
from service.answers.printed.group import print_group
from service.answers.printed.page import PrintedPage
from service.answers.printed.rules import (
    TABLES,
    ExplainedExample,
    print_example,
    print_rule,
    print_rule_table,
    rule_rows,
)
from service.answers.printed.sources import count_rows, fact_rows, print_sources, print_state, print_states, source_rows

__all__ = [
    "TABLES",
    "ExplainedExample",
    "PrintedPage",
    "count_rows",
    "fact_rows",
    "print_answer",
    "print_example",
    "print_group",
    "print_rule",
    "print_rule_table",
    "print_sources",
    "print_state",
    "print_states",
    "rule_rows",
    "source_rows",
]
