"""Grafana 10 to 13: dashboards, folders, data sources, annotations, unified alerting, people and service accounts."""
