"""Rows that are work: claims, leases, and how workers are woken."""
