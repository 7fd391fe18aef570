"""Answers of the HTTP API as values (https://prometheus.io/docs/prometheus/latest/querying/api/).

What is not known raises ValueError, LookupError or TypeError; fields beyond the known ones are left alone.
"""
