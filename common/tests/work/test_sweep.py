from __future__ import annotations

import contextlib

import pytest

from common.application.work import sweep as net
from common.infrastructure.exclusive import exclusively


@pytest.fixture
def empty_net(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "_functions", {})
    monkeypatch.setattr(net, "_kinds", {})
    monkeypatch.setattr(net, "_failing", set())


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    logged: list[str] = []
    monkeypatch.setattr(net.log, "exception", lambda text, **_: logged.append("failed"))
    monkeypatch.setattr(net.log, "info", lambda text, **_: logged.append("succeeded"))
    return logged


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_net")
class TestSweep:
    def test_a_function_that_fails_does_not_keep_the_others_from_their_turn(self, errors: list[str]) -> None:
        done: list[str] = []

        def broken() -> None:
            raise RuntimeError("as told")

        net.register_sweep("broken", broken)
        net.register_sweep("sound", lambda: done.append("sound"))
        assert net.sweep()
        assert done == ["sound"]

    def test_an_outage_is_logged_once_and_its_end_once(self, errors: list[str]) -> None:
        faults = [True, True, False, False]

        def flaky() -> None:
            if faults.pop(0):
                raise RuntimeError("as told")

        net.register_sweep("flaky", flaky)
        for _ in range(4):
            net.sweep()
        assert errors == ["failed", "succeeded"]

    def test_a_second_sweep_goes_away_while_one_runs(self) -> None:
        done: list[bool] = []
        net.register_sweep("inner", lambda: done.append(net.sweep()))
        assert net.sweep()
        assert done == [False]
        assert net.sweep()

    def test_two_functions_of_one_name_are_refused(self) -> None:
        net.register_sweep("mine", print)
        net.register_sweep("mine", print)
        with pytest.raises(ValueError, match="mine is registered already"):
            net.register_sweep("mine", repr)


@pytest.mark.django_db
def test_what_is_done_exclusively_is_free_again_after_a_failure() -> None:
    with contextlib.suppress(RuntimeError), exclusively("it") as alone:
        assert alone
        raise RuntimeError
    with exclusively("it") as alone:
        assert alone
