"""The graph of one request, and the exact search for the cheapest path in it."""
