"""libpri as one end of a basic access: the network of a bus or of a line, or one terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import libpri_binding as binding
from libpri import LibpriEnd
from libpri_library import Libpri
from subscriber import Behaviour, CallRecord

from trunkwire.side import Side

B_CHANNELS = (1, 2)


class LibpriBasic(LibpriEnd):
    """One end of a D channel of 16 kbit/s, played by libpri in one of its basic rate modes.

    A terminal that has no plan for a number leaves the call to others: libpri is told to forget it, and says
    nothing.
    """

    def __init__(
        self,
        library: Libpri,
        side: Side,
        *,
        multipoint: bool,
        plan: Mapping[str, Behaviour] | None = None,
    ) -> None:
        self._mode = binding.POINT_TO_MULTIPOINT if multipoint else binding.POINT_TO_POINT
        super().__init__(library, side, plan=plan, channels=B_CHANNELS)
        if multipoint and side is Side.NETWORK:
            self.up = True  # there is no link until a terminal asks for one

    def _new_handle(self, node: int) -> Any:
        new = self.library.functions.pri_new_bri_cb
        return new(-1, self._mode, node, binding.SWITCH_EUROISDN_E1, self._read, self._write, None)

    def _serve(self, record: CallRecord, now: int) -> None:
        multipoint = self._mode == binding.POINT_TO_MULTIPOINT
        if multipoint and self.side is Side.USER and record.called not in self.plan:
            record.cleared_by = "us"
            self._do("pri_destroycall", record)
            self._ended(record, now)
            return
        super()._serve(record, now)
