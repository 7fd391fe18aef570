"""Lab and live: part of the network as a GNS3 project, and what a project and the network differ in."""
