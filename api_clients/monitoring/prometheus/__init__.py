"""Prometheus servers 2 and 3 (https://prometheus.io/docs/prometheus/latest/querying/api/).

client.py puts the operations together, values.py is what callers get, reading/ makes it of answers, remote_write.py is
the format in which series are sent, own_series.py makes series of a registry of prometheus_client.
"""
