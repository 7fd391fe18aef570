"""Alertmanager, API v2 (https://github.com/prometheus/alertmanager, api/v2/openapi.yaml)."""
