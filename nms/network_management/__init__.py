"""Inventory, discovery and topology of the network."""
