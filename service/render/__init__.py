"""Answers and rules printed for a person: plain text that reads well 80 columns wide, in a terminal and in a pipe."""

from service.render.answer import print_answer
from service.render.page import Page
from service.render.rules import print_rule, print_rule_table

__all__ = ["Page", "print_answer", "print_rule", "print_rule_table"]
