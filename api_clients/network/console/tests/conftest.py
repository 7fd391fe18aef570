import pytest

pytest.register_assert_rewrite("api_clients.network.console.tests.contract")
