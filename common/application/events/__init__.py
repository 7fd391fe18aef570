"""Events: published, handed to durable consumers, kept by policy, replayed."""
