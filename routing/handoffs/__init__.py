"""Who may hand the client over to whom, for which needs and prerequisites, gateways included."""
