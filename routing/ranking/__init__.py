"""From the cheapest path to a ranked list: alternatives without an agency, and substitutes for a step."""
