"""Access services: the numbers people dial, and what a public exchange does with a call to each of them.

Pure models without clock, line or signalling: the bench plays them on real trunks, `trunkbench simulate` in
virtual time. `Network` has the numbers, `Attempt` is one call's way through them.
"""
