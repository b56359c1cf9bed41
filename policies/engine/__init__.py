"""What decides: packs of rules are read, compiled to bits and to Cedar, and evaluated; the two must agree."""
