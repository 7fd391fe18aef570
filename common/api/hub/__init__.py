"""Status, switch, health, workers, queues and tasks over REST."""
