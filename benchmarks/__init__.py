"""Benchmarks: what `make bench` measures, one module each (see `benchmarks.__main__`)."""
