"""The log: events as columns, and their order."""
