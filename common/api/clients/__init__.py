"""/api/clients/: every operation of every configured service over REST (docs/gateway.md)."""
