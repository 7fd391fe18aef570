"""Programs that a GNS3 server starts, for machines without them: enough for VPCS nodes, Ethernet switches and hubs.

ubridge.py and dynamips.py relay the frames between nodes, vpcs.py runs Debian's VPCS as a newer one would run. They
use the standard library alone and start in a few milliseconds, since the server starts one for each node.
"""
