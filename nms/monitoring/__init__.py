"""All services in one overview: their health, alerts and figures, collected in the background."""
