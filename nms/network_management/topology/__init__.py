"""Which device is cabled to which: from what neighbours announce to links."""
