"""ntopng: traffic by host, flow and application."""
