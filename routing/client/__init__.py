"""What one client's profile asks of a directory: who may serve this client, when, and at what price."""
