"""Clients of what guards the network: an intrusion detection system, a jailer of addresses."""
