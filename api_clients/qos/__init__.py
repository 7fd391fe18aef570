"""Clients of what shapes and balances traffic."""
