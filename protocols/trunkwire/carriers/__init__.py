"""What carries D channels through packet networks: its headers, declared.

Each module declares the layouts of one protocol as annotated records; octets are numbered from 1, the first
of the header. Nothing here keeps state: reassembly and timing belong to whoever reads the packets.
"""

from __future__ import annotations
