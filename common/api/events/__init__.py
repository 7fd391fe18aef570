"""The event store over REST."""
