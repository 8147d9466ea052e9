"""Q.931: the call control protocol of the D channel, its codec and its state machines.

`ies` and `messages` declare the octets, `message` reads and writes whole messages, `causes` has those of
Q.850.
"""
