"""GNS3 servers 2.2 and 3.x (https://gns3-server.readthedocs.io): one client, one set of values for both APIs.

client.py holds the operations, dialect.py what the two APIs say differently, values.py what callers get,
notifications.py the streams, simulator/ a server that answers like either version, faults included.
"""
