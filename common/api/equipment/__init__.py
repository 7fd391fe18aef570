"""Equipment of GNS3 projects over REST (docs/equipment.md)."""
