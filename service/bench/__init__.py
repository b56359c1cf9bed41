"""Measuring: seeded coalitions of any size, what others would write instead, and figures that a stranger can rerun."""
