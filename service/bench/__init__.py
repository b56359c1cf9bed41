"""Measurements on seeded coalitions of any size and on the demo; each can be rerun."""
