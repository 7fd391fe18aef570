"""Consoles of nodes as they are shared: one connection to each, its viewers, and a bounded buffer for each viewer."""
