"""Equipment of GNS3 projects in the inventory: which device a node is, its facts, its cables as evidence of links."""
