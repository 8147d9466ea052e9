"""Port conformance: every back end keeps the promises of `trunkbench.device`, one class run for each.

`docs/ports/conformance.md` lists the cases and the back ends; `matrix.py` writes it.
"""

from __future__ import annotations

from portcases_audio import AudioCases
from portcases_frames import FrameCases
from portcases_line import LineCases
from portcases_open import OpenCases


class TestPort(OpenCases, FrameCases, AudioCases, LineCases):
    """The cases, by what they are about."""
