"""HAProxy 2.6 and later: its statistics over HTTP or the stats socket, its servers and stick tables over that socket,
its configuration over the Data Plane API where one runs.
"""
