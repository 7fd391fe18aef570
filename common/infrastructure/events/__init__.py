"""The event store and the ways out of it."""
