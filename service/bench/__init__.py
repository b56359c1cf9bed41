"""Measurements on seeded coalitions of any size, beside the usual alternatives (networkx, SQL); each can be rerun."""
