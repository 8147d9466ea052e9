"""The line of a DAHDI span: what is configured before a timeslot is opened, alarms, what a span can do."""

from __future__ import annotations

from trunkbench.config import SpanConfig
from trunkbench.device import Caps, Mode, TimeBase
from trunkbench.errors import PortError
from trunkbench.ports import dahdi_abi as abi
from trunkbench.ports.dahdi_driver import Driver
from trunkbench.ports.dahdi_faults import SLOT_LOOP, maintenance

E1_CHANNELS = 31

ALARM_NAMES = {
    abi.AlarmFlag.LOS: "LOS",
    abi.AlarmFlag.LFA: "LOF",
    abi.AlarmFlag.BLUE: "AIS",
    abi.AlarmFlag.YELLOW: "RAI",
    abi.AlarmFlag.RED: "RED",
    abi.AlarmFlag.LMFA: "LMFA",
}


def alarm_names(flags: int) -> frozenset[str]:
    """The alarms of a span by name: LOS, LOF, AIS, RAI as in G.775; LMFA, loss of multiframe alignment.

    RED is the driver's word for a received signal that it cannot use; not every card says why.
    """
    return frozenset(name for flag, name in ALARM_NAMES.items() if flags & flag)


def capabilities(faults: frozenset[str]) -> Caps:
    """What a span can do; which faults its driver can insert is found out when it is opened."""
    return Caps(
        modes=frozenset({Mode.FRAMES, Mode.OCTETS, Mode.CAS}),
        slots=tuple(range(1, E1_CHANNELS + 1)),
        alarms=frozenset(ALARM_NAMES.values()),
        faults=faults,
        time=TimeBase.CARD,
    )


def signalling_name(signalling: int) -> str:
    """The name of a channel's signalling, or its number in hexadecimal."""
    try:
        return abi.Signalling(signalling).name
    except ValueError:
        return f"signalling {signalling:#x}"


def describe(info: abi.SpanInfo) -> str:
    """One line on a span, for people."""
    alarms = ", ".join(sorted(alarm_names(info.alarms))) or "no alarm"
    place = f" at {info.location}" if info.location else ""
    return (
        f"{info.desc or info.name}{place}: {info.totalchans} channels, {info.numchans} of them configured, "
        f"{alarms}"
    )


def prepare_line(
    driver: Driver, number: int, config: SpanConfig, name: str, *, try_faults: bool = False
) -> tuple[abi.SpanInfo, dict[int, abi.ChannelParams], frozenset[str]]:
    """The status of a span, configured and started, its channels by timeslot, and its faults.

    `try_faults`: find out what the driver can do to the line by doing it (`dahdi_faults.maintenance`).
    Raises PortError if it is not there, is no E1, or runs with another framing than the config asks for.
    """
    info = driver.span(number)
    if info is None:
        there = "; ".join(f"{span.spanno} ({span.desc or span.name})" for span in driver.spans())
        raise PortError(f"{name}: there is no span {number}; spans there are: {there or 'none'}")
    if info.totalchans != E1_CHANNELS:
        raise PortError(
            f"{name}: span {number} has {info.totalchans} channels; an E1 has {E1_CHANNELS}: choose another "
            "span, or set the card to E1 (its jumper, or default_linemode=e1)"
        )
    try:
        _configure(driver, info, config, name)
        driver.start(number)
        channels = driver.channels(number)
        faults = frozenset({SLOT_LOOP}) | maintenance(driver, info, by_trying=try_faults)
    except OSError as error:
        raise PortError(f"{name}: span {number} cannot be started: {error.strerror}") from error
    missing = sorted(set(range(1, E1_CHANNELS + 1)) - set(channels))
    if missing:
        raise PortError(
            f"{name}: span {number} is half set up, it has no channel for timeslot {missing[0]}: assign the "
            "span (dahdi_span_assignments add, or auto_assign_spans=1)"
        )
    return driver.span(number) or info, channels, faults


def _configure(driver: Driver, info: abi.SpanInfo, config: SpanConfig, name: str) -> None:
    """Framing and clock of a span that nobody has configured; a look at one that somebody has."""
    wanted = abi.LineFlag.CCS | abi.LineFlag.HDB3
    if config.crc4:
        wanted |= abi.LineFlag.CRC4
    if info.lineconfig == 0:
        flags = wanted & abi.LineFlag(info.linecompat & int(wanted))  # a span without a card has no framing
        driver.configure_line(info.spanno, flags, clock_source=config.clock == "recover")
        return
    has = bool(info.lineconfig & abi.LineFlag.CRC4)
    if has != config.crc4:
        line = f"span={info.spanno},{int(config.clock == 'recover')},0,ccs,hdb3"
        raise PortError(
            f"{name}: span {info.spanno} runs {'with' if has else 'without'} CRC-4 and the config says "
            f"crc4 = {str(config.crc4).lower()}: write {line + (',crc4' if config.crc4 else '')} in "
            "/etc/dahdi/system.conf and run dahdi_cfg, or change crc4"
        )
