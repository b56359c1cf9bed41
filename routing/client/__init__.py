"""A client's profile against a directory: services for the client, opening times, and prices."""
