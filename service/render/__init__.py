"""Answers and rules printed for a person: plain text that reads well 80 columns wide, in a terminal and in a pipe."""

from service.render.answer import print_answer
from service.render.group import print_group
from service.render.page import PrintedPage
from service.render.rules import (
    TABLES,
    ExplainedExample,
    print_example,
    print_rule,
    print_rule_table,
    rule_rows,
)
from service.render.sources import print_sources, print_state, print_states, source_rows

__all__ = [
    "TABLES",
    "ExplainedExample",
    "PrintedPage",
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
