"""Consoles of nodes for people: where each is, and the record of who was on it."""
