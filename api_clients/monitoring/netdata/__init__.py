"""Netdata: what one machine, or a parent of many, measures each second."""
