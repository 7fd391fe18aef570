"""What can be asked of HAProxy, by subject."""
