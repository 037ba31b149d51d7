"""The desk at the broker: one connection, what is sent over it, and who keeps it going."""
