"""Docker Engine 20.10 and later: containers, their health, statistics and logs, and what happens to them."""
