"""From one cheapest path to a ranked list: alternatives without an agency, and who else could meet a step."""
