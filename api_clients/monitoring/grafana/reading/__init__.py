"""Grafana's documents made values; what is not as expected raises ValueError, LookupError or TypeError."""
