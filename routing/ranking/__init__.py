"""From one cheapest path to a ranked list: alternatives without an agency, and other agencies for a step."""
