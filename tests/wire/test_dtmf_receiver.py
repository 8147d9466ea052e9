"""The DTMF receiver: what it must take, what it must not, by ITU-T Q.24 and ES 201 235-3."""

from __future__ import annotations

import pytest

from trunkwire.g711 import Law
from trunkwire.tones import DtmfReceiver
from trunkwire.tones.dtmf import dtmf_source

ALL = "123A456B789C*0#D"


@pytest.mark.parametrize("law", Law)
@pytest.mark.parametrize("chunk", [37, 160, 20_000])
def test_every_digit_is_heard_with_its_beginning_and_end(law: Law, chunk: int) -> None:
    octets = dtmf_source(ALL, law, 100)(0, 20_000)
    receiver = DtmfReceiver(law, 5000)
    taken = [digit for at in range(0, len(octets), chunk) for digit in receiver.feed(octets[at : at + chunk])]
    assert "".join(digit.digit for digit in taken) == receiver.digits == ALL
    for index, digit in enumerate(receiver.received):
        assert abs(digit.first_sample - (5100 + index * 1120)) <= 8
        assert digit.last_sample is not None
        assert abs(digit.last_sample - (5100 + index * 1120 + 559)) <= 8
        assert abs(digit.level_dbm0 + 7) < 0.2
        assert abs(digit.twist_db) < 0.2
