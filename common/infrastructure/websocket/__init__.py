"""WebSocket connections: login, subscriptions, the fan-out of events."""
