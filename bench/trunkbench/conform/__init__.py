"""The conformance suite: cases of Q.931 and Q.921 against an implementation under test (docs/conformance.md).

A *tester* at one end of a D channel sends what a case says, octet by octet, and judges what comes back by the
clause that the case names. It shares no call control with us: what is expected stands in the cases, written
from the Recommendation, so that our own stack is judged like anybody else's. Only `upper` and `session`,
which stand on the side of the implementation under test, know our stack.
"""
