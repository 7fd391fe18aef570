"""What Kibana can be asked, by subject."""
