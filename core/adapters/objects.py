"""Tell apart the formats whose messages are single objects, and translate them.

OwnTracks has `_type`, The Things Stack `uplink_message`, ChirpStack
`deviceInfo`. An element with `ts` and `seq` of its own is ours, whatever else
it holds.
"""

from core.adapters import chirpstack, owntracks, things_stack
from core.topics import Stream


def translate(item: object, stream: Stream) -> object:
    """Answer an element in our vocabulary: translated, or itself."""
    if isinstance(item, dict) and not ("ts" in item and "seq" in item):
        for adapter in (things_stack, chirpstack, owntracks):
            if adapter.MARK in item:
                return adapter.translate(item, stream)
    return item
