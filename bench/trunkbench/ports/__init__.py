"""Ports: the back ends that carry a span. `wire` is the software loopback; hardware ports stand beside it."""
