"""Fault drills: packet loss, delay, corruption, a link cut, a node stopped; undone by themselves, whatever dies."""
