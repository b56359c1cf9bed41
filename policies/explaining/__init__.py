"""Explanations of a decision: its rules in words, the facts read, and the changes which would turn a denial."""
