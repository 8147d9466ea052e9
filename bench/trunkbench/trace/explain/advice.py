"""What each cause usually is on a trunk, by the reason behind it: provisioning, congestion, protocol, the
called party.

The meanings are Q.850's (`trunkwire.q931.causes`); these are the lines that say what to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PROVISIONING: Mapping[int, str] = MappingProxyType(
    {
        1: "The number is not assigned where it was looked up: digits missing or too many, a trunk prefix "
        "that was not taken off, or the wrong type of number",
        2: "The carrier selection code or the transit network is not known to the exchange",
        3: "The exchange has no route for these digits: prefix, area code or type of number",
        5: "A trunk prefix was dialled where none belongs, or left out",
        25: "The call ran in a circle between exchanges: two of them route this number to each other",
        28: "Too few digits, too many, or a type of number that does not go with them; en-bloc senders "
        "should "
        "add sending complete, and both ends must agree on overlap receiving",
        29: "The line has no right to the supplementary service that was asked for",
        50: "The service was not ordered for this line, often: a calling number that is not the line's "
        "own, or "
        "CLIP, CLIR or redirection that was never subscribed",
        53: "The closed user group forbids outgoing calls",
        55: "The closed user group forbids incoming calls",
        57: "The line was not ordered for this bearer, such as 64 kbit/s data on a telephony trunk: look at "
        "the bearer capability of the SETUP",
        58: "The bearer exists and cannot be given now; on a trunk with one service it means that the bearer "
        "capability is not the one it was ordered for",
        62: "The bearer asked for contradicts the class of the subscriber in the exchange",
        63: "A service was refused for no reason given: ask the carrier what the line is ordered for, and "
        "compare bearer, calling number and facility with a call that works",
        65: "The exchange does not know this bearer capability: look at its octets (codec, rate, layer 1)",
        66: "The exchange does not know this kind of channel",
        69: "The exchange does not know the facility: a Facility element of another dialect (ETSI, QSIG, NI)",
        70: "Only restricted digital information is possible: unrestricted data was asked for across old "
        "lines",
        79: "Something in the SETUP does not exist in the exchange: take out elements until it works",
        87: "The calling party is not in the closed user group",
        88: "The called equipment cannot handle this bearer or its compatibility elements, such as a "
        "telephone that is offered a data call: compare bearer, low and high layer compatibility",
        90: "The closed user group is not known",
        91: "The carrier code is badly formed",
    }
)
CONGESTION: Mapping[int, str] = MappingProxyType(
    {
        27: "The destination's interface is down: layer 1, its data link, or T309",
        34: "All channels are in use, here or at an exchange further on; if this trunk has free ones, it was "
        "further on, or they are blocked in the exchange",
        38: "A failure that lasts: call the carrier, repeating does not help",
        41: "A failure of the moment: try again; if it stays, it is none of the moment",
        42: "The exchange is overloaded: too many call attempts a second, or a fault in it",
        44: "The channel that was named is taken or blocked at the other side: glare, or two ends that "
        "disagree "
        "about which channels are free",
        46: "No circuit could be freed for a call of this precedence",
        47: "A resource other than a channel is used up: DSP, codec, licence",
        49: "The quality of service cannot be given",
    }
)
PROTOCOL: Mapping[int, str] = MappingProxyType(
    {
        6: "The channel that was named is not acceptable: compare the channel numbering of both ends",
        43: "The element was thrown away and the call went on; what it carried is lost",
        81: "The message belongs to a call that the other side does not know (any more)",
        82: "The channel number does not exist there: logical channels 1 to 30 against timeslots 1 to 31, or "
        "a fractional E1",
        95: "A message that was not understood",
        96: "A message lacks this element",
        97: "The message type is not known there: compare the switch types of both ends",
        98: "The message does not fit the state of the call at that side, or is not known there",
        99: "The element is not known there; mostly harmless, the call goes on without it",
        100: "The element is coded in a way that is not accepted there",
        101: "The message does not fit the state of the call at that side",
        111: "Something else is wrong with the message before",
    }
)
NORMAL: Mapping[int, str] = MappingProxyType(
    {
        4: "The called number is out of use for a lasting reason",
        18: "Nothing answered at the called line",
        20: "The mobile is switched off or out of coverage",
        21: "The called side refused the call; if it does so for every call, its screening of calling "
        "numbers "
        "or its dial plan is the reason",
        22: "The number has changed",
        31: "No reason given: gateways say this when they have lost the real one",
        127: "The network behind a gateway gave no reason that translates",
    }
)
