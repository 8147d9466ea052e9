"""`trunkbench ports`: what ports this machine has, what each can do, and what is missing for the others."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass

_WHERE = {
    "dahdi": "no /dev/dahdi/ctl: load the driver of the card (modprobe dahdi and the card's own module)",
    "e1d": "nobody at osmo-e1d's control socket: start osmo-e1d, or trunkbench e1d-serve",
    "serial": "no serial device: plug the card in (a network one has no entry here: serial:socket://HOST:PORT)",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One port, or one back end that has none. `port` is what a configuration writes."""

    back_end: str
    port: str | None
    what: str
    in_use: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="one JSON object a port, one a line")


def run(arguments: argparse.Namespace) -> int:
    """List them; 0 whatever is there."""
    rows = found()
    if arguments.json:
        for row in rows:
            print(json.dumps(asdict(row), ensure_ascii=False))
        return 0
    width = max(len(row.port or row.back_end) for row in rows)
    for row in rows:
        name = row.port if row.port is not None else row.back_end
        use = f"; in use by {row.in_use}" if row.in_use else ""
        print(f"{'  ' if row.port else '– '}{name:<{width}}  {row.what}{use}")
    return 0


def found() -> list[Row]:
    """Every port of every back end; a back end without any has one row that says why."""
    from trunkbench.ports.registry import BACK_ENDS

    rows = [Row("loopback", "loopback", _loopback(), "")]
    for name in BACK_ENDS:
        rows += _ports_of(name)
    return rows


def _ports_of(name: str) -> list[Row]:
    from trunkbench.errors import TrunkbenchError
    from trunkbench.lock import held_by
    from trunkbench.ports.registry import back_end

    try:
        listed = back_end(name).list_ports()
    except ImportError as error:
        return [Row(name, None, f"not usable here: {error}", "")]
    except (TrunkbenchError, OSError) as error:
        return [Row(name, None, str(error), "")]
    rows = []
    for address, what in listed:
        port = address if address.startswith(f"{name}:") else f"{name}:{address}"
        rows.append(Row(name, port, _known(what), held_by(port)))
    return rows or [Row(name, None, _WHERE.get(name, "none found"), "")]


def _known(what: str) -> str:
    """A description, without what a back end says when it knows nothing."""
    parts = [part for part in what.split(", ") if part != "n/a"]
    return ", ".join(parts) or "a device that says nothing of itself; opening it shows whether it is a card"


def _loopback() -> str:
    from trunkbench.ports.port import WirePort

    caps = WirePort.caps
    modes = ", ".join(sorted(mode.value for mode in caps.modes))
    return f"software wire: {len(caps.slots)} timeslots ({modes}), {len(caps.faults)} line faults, exact time"
