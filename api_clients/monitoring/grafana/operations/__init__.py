"""What Grafana can be asked, by subject."""
