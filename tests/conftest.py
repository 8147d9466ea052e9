"""Settings of the whole suite: property tests judge what is computed, never how fast the machine was."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

settings.register_profile("trunkbench", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("trunkbench")
