"""The wire of an E1/PRI trunk: codecs and state machines, pure.

No input or output, no clock, no threads, no randomness: time and random values are handed in.
"""
