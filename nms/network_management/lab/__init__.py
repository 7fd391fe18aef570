"""A network that anyone can discover without owning one.

topology.py draws devices and links from a seed, platforms.py says what the equipment is, mib/ turns a device into
what its agent serves, network.py runs all of it on loopback addresses and breaks it on request. recorded.py serves
recordings of real devices instead. control.py is the door for faults while it runs, service.py its start with the hub.
"""
