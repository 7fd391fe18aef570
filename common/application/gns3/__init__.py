"""The GNS3 central service: the one door to GNS3 for everybody else. central.py is its front."""
