"""The playout buffer of a card: octets that the host sent ahead, each for a sample of the card's count."""

from __future__ import annotations

from collections import deque

from trunkwire.seriallink.messages import AudioBlock


class Playout:
    """What the host has sent for one card. `idle` stands for what it has not."""

    def __init__(self, idle: int, keep: int) -> None:
        self.idle = idle
        self.running = False
        self._keep = keep
        self._blocks: deque[tuple[int, int, dict[int, bytes]]] = deque()

    def take(self, block: AudioBlock, now: int) -> int:
        """Take a block from the host when sample `now` is on the line; how many of its samples came late."""
        late = min(max(now - block.time, 0), block.count)
        first, end = block.time + late, block.time + block.count
        if first < end:
            held = {slot: octets[late:] for slot, octets in block.blocks().items()}
            self._blocks.append((first, end, held))
            self.running = True
        while self._blocks and self._blocks[0][1] < now - self._keep:
            self._blocks.popleft()
        return late

    def missing(self, first: int, n: int) -> list[tuple[int, int]]:
        """The (first sample, count) stretches of those samples that the host has not given."""
        found, at = [], first
        for start, end, _ in sorted(self._blocks, key=lambda block: block[0]):
            if start >= first + n:
                break
            if start > at:
                found.append((at, start - at))
            at = max(at, end)
        if at < first + n:
            found.append((at, first + n - at))
        return found

    def clear(self) -> None:
        """Forget what was sent ahead."""
        self._blocks.clear()
        self.running = False

    def octets(self, slot: int, first: int, n: int) -> bytes:
        """The octets of a slot from sample `first` on."""
        out = bytearray((self.idle,)) * n
        for start, end, held in self._blocks:
            lower, upper = max(start, first), min(end, first + n)
            if lower < upper and slot in held:
                out[lower - first : upper - first] = held[slot][lower - start : upper - start]
        return bytes(out)
