"""The peers' test support: what is absent skips or fails, and a worker's result comes back whole."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import peerlib
import pytest
from sources import ROOT

NO_LIBRARY = "libtrunkbench-never-made.so.0"


@pytest.mark.parametrize("required", ["", "0"])
def test_absent_peers_skip_with_the_package_to_install(
    monkeypatch: pytest.MonkeyPatch, required: str
) -> None:
    monkeypatch.setenv(peerlib.REQUIRE, required)
    with pytest.raises(
        pytest.skip.Exception, match=rf"{NO_LIBRARY} cannot be loaded \(Debian package libnone\)"
    ):
        peerlib.require_library(NO_LIBRARY, "libnone")
    with pytest.raises(pytest.skip.Exception, match=r"no-such-tool is not on PATH \(Debian package tools\)"):
        peerlib.require_program("no-such-tool", "tools")


def test_absent_peers_fail_where_they_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(peerlib.REQUIRE, "1")
    with pytest.raises(pytest.fail.Exception, match=f"libnone.*{peerlib.REQUIRE} is set"):
        peerlib.require_library(NO_LIBRARY, "libnone")
    with pytest.raises(pytest.fail.Exception, match="tools"):
        peerlib.require_program("no-such-tool", "tools")


def test_present_ones_are_given() -> None:
    assert peerlib.require_library("libc.so.6", "libc6") == "libc.so.6"
    assert Path(peerlib.require_program("sh", "dash")).name == "sh"


def worker(tmp_path: Path, body: str) -> Path:
    """A worker script whose function has this body."""
    script = tmp_path / "worker.py"
    script.write_text(
        f"import os\nfrom peerlib import worker_main\ndef work(request):\n    {body}\nworker_main(work)\n"
    )
    return script


def test_a_worker_gets_a_request_and_gives_a_result(tmp_path: Path) -> None:
    script = worker(
        tmp_path, "print('as C libraries do'); return {'twice': request['n'] * 2, 'pid': os.getpid()}"
    )
    result = peerlib.run_worker(script, {"n": 21})
    assert result["twice"] == 42
    assert result["pid"] != os.getpid()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('cref 3 is unknown')", "ValueError: cref 3 is unknown"),
        ("os.abort()", "exit status -6"),
        ("os._exit(0)", "exit status 0"),
    ],
)
def test_a_worker_that_ends_otherwise_fails_the_test(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"worker\.py: exit status") as caught:
        peerlib.run_worker(worker(tmp_path, body))
    assert said in str(caught.value)


def test_a_worker_that_hangs_fails_the_test(tmp_path: Path) -> None:
    script = worker(tmp_path, "os.read(os.pipe()[0], 1)")
    with pytest.raises(pytest.fail.Exception, match="no result within 1 s"):
        peerlib.run_worker(script, timeout=1)


def test_results_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(peerlib.RESULTS, str(tmp_path / "kept"))
    path = peerlib.record_result("libpri", {"calls": 30, "malformed": 0})
    assert json.loads(path.read_text()) == {"calls": 30, "malformed": 0}


@pytest.mark.parametrize(("required", "outcome"), [("0", {"skipped": 2}), ("1", {"failed": 1, "skipped": 1})])
def test_any_other_skip_of_a_peer_test_fails_too(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, required: str, outcome: dict[str, int]
) -> None:
    monkeypatch.setenv(peerlib.REQUIRE, required)
    shutil.copy(ROOT / "tests" / "peers" / "conftest.py", pytester.path)
    pytester.makepyfile(
        """
        import pytest
        def test_by_itself(): pytest.skip("not on this machine")
        def test_captures(): pytest.skip("the captures are not beside the checkout")
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")
    result.assert_outcomes(**outcome)
