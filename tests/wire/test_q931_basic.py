"""Call control on a basic interface: one octet of call reference (Q.931 4.3), and B1 and B2 (4.5.13)."""

from __future__ import annotations

import pytest

from trunkwire.q931.callcontrol import CallControl, CallControlSettings, ChannelChoice, SendData, SetupRequest
from trunkwire.q931.ies import ChannelIdentificationIE
from trunkwire.q931.message import parse
from trunkwire.side import Side

BASIC = CallControlSettings(channels=(1, 2), basic=True, reference_length=1)


def sent(machine: CallControl) -> bytes:
    output = machine.poll_output()
    assert isinstance(output, SendData)
    return output.data


def up(side: Side) -> CallControl:
    machine = CallControl(side, BASIC)
    machine.link_established(0)
    return machine


@pytest.mark.parametrize(
    ("channel", "choice", "octet"),
    [
        (1, ChannelChoice.EXCLUSIVE, 0x89),
        (2, ChannelChoice.EXCLUSIVE, 0x8A),
        (1, ChannelChoice.PREFERRED, 0x81),
        (2, ChannelChoice.PREFERRED, 0x82),
        (None, ChannelChoice.ANY, 0x83),
    ],
)
def test_setup_names_b1_or_b2(channel: int | None, choice: ChannelChoice, octet: int) -> None:
    user = up(Side.USER)
    user.setup(SetupRequest(called="201", channel=channel, choice=choice), 0)
    # 08 01 01 05: one octet of call reference; channel identification 18 01 and the octet.
    assert sent(user).hex() == f"08010105040380 90a31801{octet:02x}700481323031".replace(" ", "")


def test_the_answer_names_the_channel_of_the_basic_interface() -> None:
    network, user = up(Side.NETWORK), up(Side.USER)
    call = network.setup(SetupRequest(called="201", channel=2), 0)
    user.receive(sent(network), 1)
    indication = user.poll_output()
    assert indication is not None
    arrived = next(iter(user.calls.values()))
    assert (call.channel, arrived.channel) == (2, 2)
    user.proceeding(arrived, 1)
    answer = sent(user)
    assert answer.hex() == "080181021801" + "8a"
    assert parse(answer).reference_length == 1


def test_a_basic_interface_has_two_channels_only() -> None:
    assert ChannelIdentificationIE.of_basic(2).channels == (2,)
    for channel in (0, 3, 16):
        with pytest.raises(ValueError, match="B1 and B2"):
            ChannelIdentificationIE.of_basic(channel)


def test_references_of_one_octet_run_to_127() -> None:
    user = up(Side.USER)
    for expected in (*range(1, 128), 1, 2):
        call = user.setup(SetupRequest(called="2", choice=ChannelChoice.ANY), 0)
        assert call.reference == expected
        while user.poll_output() is not None:
            pass
        message = bytes((0x08, 0x01, 0x80 | call.reference, 0x5A, 0x08, 0x02, 0x80, 0x90))
        user.receive(message, 0)
        while user.poll_output() is not None:
            pass
        assert not user.calls


@pytest.mark.parametrize("channel", [1, 2])
def test_restart_of_a_channel_names_b1_or_b2(channel: int) -> None:
    network, user = up(Side.NETWORK), up(Side.USER)
    network.restart([channel], 0)
    message = sent(network)
    assert message.hex() == f"080100461801{0x88 + channel:02x}790180"
    user.receive(message, 1)
    outputs = list(iter(user.poll_output, None))
    [answer] = [output.data for output in outputs if isinstance(output, SendData)]
    assert answer.hex() == f"0801804e1801{0x88 + channel:02x}790180"
    network.receive(answer, 2)
    while network.poll_output() is not None:
        pass
    assert network.audit() == user.audit() == []


def test_restart_of_both_is_that_of_the_interface() -> None:
    network = up(Side.NETWORK)
    with pytest.raises(ValueError, match=r"restart of channels .1, 2. of a basic interface"):
        network.restart([1, 2], 0)
    assert network.audit() == []
    network.restart(None, 0)
    assert sent(network).hex() == "08010046790186"
