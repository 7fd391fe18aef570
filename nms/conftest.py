"""Users with roles and their clients, for the tests of all modules."""

from common.tests.people import admin, client_of, make_user, operator, token_for, viewer, viewer_token

__all__ = ["admin", "client_of", "make_user", "operator", "token_for", "viewer", "viewer_token"]
