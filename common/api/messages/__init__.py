"""Messages and dead letters over REST."""
