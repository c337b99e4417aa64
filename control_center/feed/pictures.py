"""Snapshots of every device, shared by all who ask while one is being made.

After a database restart every screen asks at once; each must get a picture begun
after it asked, and one query can serve them all.
"""

import asyncio
from collections.abc import Awaitable, Callable


class Pictures:
    """Make a picture on demand, at most one at a time."""

    def __init__(self, make: Callable[[], Awaitable[bytes]]) -> None:
        self._make = make
        self._turn = asyncio.Lock()
        self._begun = 0
        self._made = 0
        self._picture = b""

    async def fresh(self) -> bytes:
        """Answer a picture that was begun after this call."""
        asked = self._begun
        async with self._turn:
            if self._made > asked:
                return self._picture
            self._begun += 1
            mine = self._begun
            self._picture = await self._make()
            self._made = mine
            return self._picture
