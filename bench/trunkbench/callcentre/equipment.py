"""What a call centre is set up with: its recordings, a voice for each agent, its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trunkbench.access.config import digits
from trunkbench.callcentre.builtin import BuiltIn
from trunkbench.callcentre.menu import MenuSettings
from trunkbench.callcentre.sounds import SAMPLE_RATE, Recording, read_wav
from trunkbench.errors import ConfigError
from trunkwire.ticks import SECOND
from trunkwire.tones.ident import CHANNELS, SPANS, Ident

if TYPE_CHECKING:
    from trunkbench.callcentre.config import CallCentreConfig
    from trunkbench.config import BenchConfig
    from trunkbench.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Equipment:
    """`numbers` are those it answers, `direct` where some of them lead; `idents` the agents' own tones."""

    announcement: Recording
    music: Recording
    prompt: Recording
    menu: MenuSettings | None
    numbers: frozenset[str]
    direct: dict[str, str]
    idents: dict[str, Ident]


def equip(config: CallCentreConfig, bench: BenchConfig, exchange: Exchange) -> Equipment:
    """What the configuration asks for; WAV files are looked for beside it.

    Raises ConfigError for a WAV file that cannot be played, and for more agents than there are
    identification tones.
    """
    folder = Path(bench.source).parent

    def recording(name: str | None, key: str, own: Recording) -> Recording:
        return own if name is None else read_wav(folder / name, f"{bench.source}: call_centre.{key}")

    own = BuiltIn()
    menu = config.menu
    prompt = recording(None if menu is None else menu.prompt, "menu.prompt", own.prompt)
    settings = None
    if menu is not None:
        lasts = len(prompt.samples) * SECOND // SAMPLE_RATE
        settings = MenuSettings(menu.keys, menu.timeout, menu.tries, menu.otherwise, lasts)
    area = "" if bench.access is None else bench.access.area
    direct = {
        form: target
        for number, target in config.direct.items()
        for form in (digits(number), area + digits(number), digits(number).removeprefix(area))
    }
    return Equipment(
        recording(config.announcement, "announcement", own.announcement),
        recording(config.music, "music", own.music),
        prompt,
        settings,
        frozenset(config.answered(bench.access)),
        direct,
        {} if config.voice == "channel" else _idents(config.names, exchange),
    )


def _idents(names: tuple[str, ...], exchange: Exchange) -> dict[str, Ident]:
    """An identification tone for each agent: of spans that this end does not have, from the last down."""
    taken = {end.index for end in (*exchange.ends, *exchange.analog.values())}
    free = [span for span in reversed(range(SPANS)) if span not in taken]
    tones = [Ident(exchange.end, span, channel + 1) for span in free for channel in range(CHANNELS)]
    if len(tones) < len(names):
        raise ConfigError(
            f"call_centre.agents: {len(names)} agents, but there are {len(tones)} identification tones left "
            'for them; write voice = "channel"'
        )
    return dict(zip(names, tones, strict=False))
