"""Bulk POST, PATCH and DELETE on a list: all or nothing, with one error entry for each wrong row."""
