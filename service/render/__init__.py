"""Answers and rules printed for a person: plain text that reads well 80 columns wide, in a terminal and in a pipe."""

from service.render.answer import print_answer
from service.render.group import print_group
from service.render.page import PrintedPage
from service.render.rules import (
    ExplainedExample,
    csv_table,
    markdown_table,
    print_example,
    print_rule,
    print_rule_table,
)

__all__ = [
    "ExplainedExample",
    "PrintedPage",
    "csv_table",
    "markdown_table",
    "print_answer",
    "print_example",
    "print_group",
    "print_rule",
    "print_rule_table",
]
