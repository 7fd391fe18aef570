"""What the GNS3 central service needs of the world: leases, streams, the cache of topologies, console ports."""
