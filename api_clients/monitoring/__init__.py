"""Services that watch machines, traffic and logs."""
