"""What every client shares and nothing outside is needed for: errors, values, policies and ports."""
