"""The conformance suite on every back end that runs here, or on those that `--port-pair` names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    "portrigs", "portvoices", "portcases_open", "portcases_frames", "portcases_audio", "portcases_line"
)

from portneeds import reason_to_skip  # noqa: E402  # assertions of what is imported are rewritten first
from portpairs import PLACES, rig_type  # noqa: E402
from portrigs import Rig  # noqa: E402

from trunkbench.ports import audio  # noqa: E402
from trunkwire.ticks import SAMPLE, Tick  # noqa: E402

MakeRig = Callable[..., Rig]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each case on each back end."""
    if "rig_kind" in metafunc.fixturenames:
        named: list[str] = metafunc.config.getoption("port_pair")
        names = named or [name for name in PLACES if rig_type(name).here]
        metafunc.parametrize("rig_kind", [rig_type(name) for name in names], ids=names, scope="class")


@pytest.fixture
def make_rig(
    request: pytest.FixtureRequest,
    rig_kind: type[Rig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MakeRig]:
    """Makes the rig; `history` is for how many ticks what was received is kept. Closed, and asked whether
    a rule was broken that holds in every case, when the case is over.
    """
    reason = reason_to_skip(request.function, rig_kind)
    if reason is not None:
        pytest.skip(reason)
    made: list[Rig] = []

    def make(history: Tick | None = None) -> Rig:
        if history is not None:
            monkeypatch.setattr(audio, "RING_SAMPLES", history // SAMPLE)
        made.append(rig_kind(tmp_path, history=history))
        return made[-1]

    yield make
    for rig in made:
        rig.close()
    assert [problem for rig in made for end in rig.ends for problem in end.problems] == []


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """The rig, newly made."""
    return make_rig()
