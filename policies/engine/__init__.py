"""The engine: packs of rules are read, compiled to bits and to Cedar, and evaluated; bits and Cedar must agree."""
