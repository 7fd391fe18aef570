"""Kibana 8: status, saved objects, data views, spaces, alerting rules."""
