"""Clients of network equipment: SNMP agents, ICMP echo."""
