"""The captures that the decoder is measured on, and the ways to run it and tshark over them.

Whole calls one after another, with other digits, channels and references each time, and an RR behind each
message: half of the frames are I frames. All are decoded by processes of their own, from start to end.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    ConnectedNumberIE,
    DisplayIE,
    HighLayer,
    HighLayerCompatibilityIE,
    Layer1,
    NumberType,
    Presentation,
    ProgressDescription,
    ProgressIndicatorIE,
    Screening,
    SendingCompleteIE,
)
from trunkwire.q931.message import Message, MessageCodec
from trunkwire.q931.messages import MessageType

FRAMES, FEW = 200_000, 4_000
ROUNDS = 3
COLUMNS = (
    *("frame.number", "frame.time_epoch", "lapd.tei", "lapd.control.ftype", "lapd.control.n_r"),
    *("lapd.control.n_s", "q931.message_type", "q931.call_ref", "q931.called_party_number.digits"),
    *("q931.calling_party_number.digits", "q931.cause_value", "q931.channel.number"),
)
"""The twelve fields of `--fields`."""
_CAUSES = (*[Cause.NORMAL_CLEARING] * 3, Cause.USER_BUSY, Cause.NO_USER_RESPONDING, Cause.NO_CIRCUIT)
_CHANNELS = [number for number in range(1, 32) if number != 16]
_COOKED = {network: struct.pack(">HHHB7xH", 4 if network else 0, 0x2004, 0, 0, 0x30) for network in (0, 1)}

_UNWANTED = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"})

Frame = tuple[int, bytes, bool]
"""Microseconds since 1970, octets, whether the network sent it."""


def frames(count: int) -> list[Frame]:
    """So many frames."""
    rng = random.Random(931)
    build = MessageCodec().build
    found: list[Frame] = []
    due = [0, 0]
    at = 1_700_000_000_000_000
    for reference in range(1, 1 << 15):
        for network, message in _call(rng, reference):
            at += rng.randrange(200, 40_000)
            head = bytes((network << 1, 1, due[network] << 1, due[1 - network] << 1))
            found.append((at, head + build(message), bool(network)))
            due[network] = (due[network] + 1) % 128
            at += rng.randrange(200, 9_000)
            found.append((at, bytes((network << 1, 1, 1, due[network] << 1)), not network))
            if len(found) >= count:
                return found[:count]
    return found


def _call(rng: random.Random, reference: int) -> Iterator[tuple[int, Message]]:
    """The messages of a call, each with 1 for the network and 0 for the user as its sender."""
    channel = ChannelIdentificationIE.of(rng.choice(_CHANNELS))
    inband = ProgressIndicatorIE(description=ProgressDescription.INBAND_INFORMATION)
    cause = CauseIE(value=rng.choice(_CAUSES))
    calling = CallingNumberIE(
        kind=NumberType.NATIONAL,
        presentation=Presentation.ALLOWED,
        screening=Screening.NETWORK,
        digits=_digits(rng, 9, 10, 11),
    )
    setup = [
        BearerCapabilityIE(layer1=Layer1.G711_A_LAW),
        channel,
        *([DisplayIE(text=f"Caller {rng.randrange(99_999):05}")] if rng.random() < 0.3 else []),
        calling,
        CalledNumberIE(digits=_digits(rng, 4, 9, 10)),
        *([HighLayerCompatibilityIE(characteristics=HighLayer.TELEPHONY)] if rng.random() < 0.2 else []),
        SendingCompleteIE(),
    ]
    answer = (ConnectedNumberIE(digits=_digits(rng, 9)),) if rng.random() < 0.3 else ()
    yield 1, Message(reference, MessageType.SETUP, tuple(setup))
    yield 0, Message(reference, MessageType.CALL_PROCEEDING, (channel,), True)
    yield 0, Message(reference, MessageType.ALERTING, (inband,) if rng.random() < 0.5 else (), True)
    yield 0, Message(reference, MessageType.CONNECT, answer, True)
    yield 1, Message(reference, MessageType.CONNECT_ACKNOWLEDGE)
    yield 1, Message(reference, MessageType.DISCONNECT, (cause,))
    yield 0, Message(reference, MessageType.RELEASE, (), True)
    yield 1, Message(reference, MessageType.RELEASE_COMPLETE)


def _digits(rng: random.Random, *lengths: int) -> str:
    return "".join(rng.choices("0123456789", k=rng.choice(lengths)))


def write(path: Path, found: Sequence[Frame], link: int = 203, times: int = 1) -> Path:
    """A pcap file with the frames, so many times one after another."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link))
        for turn in range(times):
            later = turn * (found[-1][0] - found[0][0] + 1_000_000)
            packets = []
            for at, octets, network in found:
                seconds, fraction = divmod(at + later, 1_000_000)
                data = _COOKED[network] + octets if link == 177 else octets
                packets.append(struct.pack("<IIII", seconds, fraction, len(data), len(data)) + data)
            file.write(b"".join(packets))
    return path


def write_pcapng(path: Path, found: Sequence[Frame]) -> Path:
    """A pcapng file with the frames and their directions."""
    from trunkbench.trace import Direction, FrameRecord, PcapngWriter

    with path.open("wb") as file, PcapngWriter(file) as writer:
        for at, octets, network in found:
            direction = Direction.OUT if network else Direction.IN
            writer.write(FrameRecord(at * 1000, direction, octets))
    return path


def tshark() -> str:
    """The program, "" where there is none."""
    return shutil.which("tshark") or ""


def ours(path: Path, *options: str) -> list[str]:
    """The command that decodes a file."""
    return [sys.executable, "-m", "trunkbench", "decode", *options, str(path)]


def theirs(path: Path, *options: str) -> list[str]:
    """The command that has tshark decode a file."""
    return [tshark(), "-n", "-r", str(path), *options]


def as_fields(names: Sequence[str] = COLUMNS) -> list[str]:
    """tshark's options for the values of fields."""
    return ["-T", "fields", *(option for name in names for option in ("-e", name))]


def output(command: Sequence[str]) -> bytes:
    """What a command prints."""
    return subprocess.run(command, check=True, capture_output=True, env=environment()).stdout


def environment() -> dict[str, str]:
    """The environment, without what makes Python compile everything again each time, and write at once."""
    return {key: value for key, value in os.environ.items() if key not in _UNWANTED}


def medians(ways: Mapping[str, Sequence[str]], rounds: int = ROUNDS) -> dict[str, float]:
    """The median time of each command from start to end in seconds, rounds alternating."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, command in ways.items():
            began = time.perf_counter()
            subprocess.run(
                command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
            )
            found[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in found.items()}


_WATCH = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A process starts with the peak of the one that it was forked from, so that one has to be small."""


def peak_mb(command: Sequence[str]) -> float:
    """The most memory that a command has had resident, in MB of 10^6 octets."""
    watch = [sys.executable, "-S", "-c", _WATCH, *command]
    return int(output(watch)) * 1024 / 1e6
