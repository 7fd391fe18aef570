"""The inventory, topology and discovery over REST; one file for each resource, paths in ../urls.py."""
