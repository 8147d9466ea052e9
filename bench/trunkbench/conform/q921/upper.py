"""What the cases of layer 2 ask of the implementation's user: the primitives at its upper boundary (Q.921 4).

An upper tester that moves calls only has none of these; a case that needs one then gives no verdict.
"""

from __future__ import annotations

from trunkbench.conform.upper import NotPossible, NoUpper


class LinkUpper(NoUpper):
    """The upper tester of a data link. A derived class has the verbs that its implementation offers."""

    def send_data(self, data: bytes) -> None:
        """DL-DATA request. What is sent may be something else, as long as it is one I frame."""
        raise NotPossible("needs a DL-DATA request at the IUT, which nobody can ask it for")

    def set_busy(self, busy: bool) -> None:
        """Own receiver busy, or ready again (Q.921 5.6.6)."""
        raise NotPossible("needs the IUT's receiver to be busy, which nobody can ask it for")

    def send_unit(self, data: bytes) -> None:
        """DL-UNIT DATA request: on a terminal's data link; at the network to all terminals."""
        raise NotPossible("needs a DL-UNIT DATA request at the IUT, which nobody can ask it for")

    def check_tei(self, tei: int | None) -> None:
        """Network: have the TEI checked, or all (Q.921 5.3.3)."""
        raise NotPossible("needs a check of TEIs by the IUT, which nobody can ask it for")

    def remove_tei(self, tei: int) -> None:
        """Network: take the TEI away (Q.921 5.3.4)."""
        raise NotPossible("needs the removal of a TEI by the IUT, which nobody can ask it for")

    def verify_tei(self) -> None:
        """Terminal: have its TEI checked (Q.921 5.3.5)."""
        raise NotPossible("needs an identity verify by the IUT, which nobody can ask it for")
