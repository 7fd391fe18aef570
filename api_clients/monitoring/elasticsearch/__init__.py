"""Elasticsearch 8: search, indexing and the care of a cluster."""
