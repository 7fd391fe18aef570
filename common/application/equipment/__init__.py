"""The discovery of equipment in GNS3 projects: what each node is, where it answers, and what it is connected to.

Read in this order: discovery.py (the whole course), then what it calls, a file for each step: startup_files.py,
consoles.py, addresses.py (to whom does an address belong?), agents.py (SNMP), links.py and segments.py, documents.py
(the profile), storing.py (rows and events), inventory.py (what the inventory is told), showing.py (what REST shows).
"""
