"""`pytest --pyargs pytest_trunkbench.conformance`: one item a case, selected by role and group."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.long

MODULE = ("--pyargs", "pytest_trunkbench.conformance", "-p", "no:randomly", "-q")


def test_cases_are_items(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest(
        *MODULE, "--conform-role", "user", "--conform-group", "q931/user/U4/timers", "--collect-only"
    )
    result.stdout.fnmatch_lines(["*::test_conformance[[]q931/user/U4/timers/t301[]]"])
    assert result.ret == 0


def test_both_roles_run_without_one_being_named(pytester: pytest.Pytester) -> None:
    group = "q931/*/*10/valid/status-enquiry"
    pytester.runpytest_subprocess(*MODULE, "--conform-group", group).assert_outcomes(passed=2)


def test_a_failure_is_told_with_its_ladder(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest
        from trunkbench.conform.layer3 import CallTester, Mt, Want

        @pytest.fixture(autouse=True)
        def strict(monkeypatch):
            def check_state(self, number, *, strictly=False):
                self.send(Mt.STATUS_ENQUIRY)
                self.expect(Want(Mt.STATUS, (30,), number + 1))
            monkeypatch.setattr(CallTester, "check_state", check_state)
        """
    )
    group = "q931/user/U10/valid/status-enquiry"
    result = pytester.runpytest_subprocess(*MODULE, "--conform-role", "user", "--conform-group", group)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*expected STATUS, cause 30, call state 11; got*", "*tester (network)*"])


def test_a_group_that_does_not_exist(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest(*MODULE, "--conform-group", "q931/user/U5")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*no case matches 'q931/user/U5'*"])
