"""GNS3 over REST: all through the central service (common/application/gns3/central.py), docs/gns3.md."""
