"""The operations, by what they are about; client.py puts them together."""
