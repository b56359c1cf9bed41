"""The reasons for each open need: which failures kept its services off every path."""
