"""The EVE log: JSON lines that Suricata appends to a file which something rotates."""
