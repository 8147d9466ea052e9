"""The doctor, and a run that is killed and followed by another, on the real DAHDI driver (`make test-dahdi`).

Skipped outside the virtual machine.
"""

from __future__ import annotations

import json
import os
import re
import signal
import time

import pytest
from dahdi_spans import IN_GUEST, WHY_NOT, ensure_spans
from sources import ROOT

from trunkbench.bench import Bench
from trunkbench.cli import main
from trunkbench.conditions import all_of
from trunkbench.config import load_config

pytestmark = pytest.mark.skipif(not IN_GUEST, reason=WHY_NOT)

CONFIG = ROOT / "hw-config" / "dahdi.toml"


@pytest.fixture(autouse=True)
def spans() -> None:
    ensure_spans()


def test_the_doctor_finds_the_bench_fit(capsys: pytest.CaptureFixture[str]) -> None:
    """Every step, up to audio there and back on all channels."""
    code = main(["doctor", "--hw", str(CONFIG), "--listen", "1s", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert code == 0, report
    assert {step["state"] for step in report["steps"]} == {"ok"}, report
    texts = {step["step"]: step["text"] for step in report["steps"]}
    assert "audio in 20 ms blocks, sent 60 ms ahead, 16 buffers; transmit policy immediate" in texts["device"]
    told = texts["latency"]
    with capsys.disabled():
        print("".join(f"\ndoctor: {line}" for line in told.splitlines()))
    found = re.search(r"audio, there and back: p50 (\S+), p99 (\S+), max (\S+) ms of 30", told)
    assert found is not None, told
    assert 40 <= float(found[1]) <= float(found[3]) <= 400


def test_next_run_after_a_kill() -> None:
    """SIGKILL with calls up: the next run is in service within five seconds, on an idle line."""
    reader, writer = os.pipe()
    victim = os.fork()
    if victim == 0:
        bench = Bench.from_config(load_config(CONFIG))
        bench.far.number("300").answers()
        bench.run_until(all_of(call.active for call in bench.near.dial_many("300", 4)), within="10s")
        os.write(writer, b"4 calls")
        bench.run_for("60s")
        os._exit(1)
    assert os.read(reader, 100) == b"4 calls"
    os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0)
    for fd in (reader, writer):
        os.close(fd)
    began = time.monotonic()
    with Bench.from_config(load_config(CONFIG)) as bench:
        assert time.monotonic() - began < 5
        assert bench.near.calls == bench.far.calls == []
        bench.far.number("300").answers()
        call = bench.near.dial("300")
        bench.run_until(call.active, within="3s")
        call.hang_up()
        bench.run_until(call.cleared, within="3s")
        assert bench.audit() == []
