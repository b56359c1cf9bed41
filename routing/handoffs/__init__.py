"""Hand-offs: which holder may hand over to which recipient, for which needs; gateways."""
