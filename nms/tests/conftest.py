"""Real servers for the end-to-end tests: PostgreSQL and Redis on private ports."""

from common.tests.servers import postgresql  # noqa: F401 - a fixture
