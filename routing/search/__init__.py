"""The graph of a request, and the exact search for the cheapest path in the graph."""
