"""Places for work, given to clients in turn: whoever asks for a hundred at once waits for his own, not others for him.

Nobody waits while a place is free, and each place that was taken is given back once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable


class Slots:
    """A semaphore that is fair to clients: whoever used least goes first, and of equals the one that waits longest.

    >>> async def order() -> list[str]:
    ...     slots, served = Slots(1), []
    ...     async def work(client: str) -> None:
    ...         await slots.acquire(client)
    ...         served.append(client)
    ...         await asyncio.sleep(0)
    ...         slots.release()
    ...     await asyncio.gather(*(work(client) for client in "aaab"))
    ...     return served
    >>> asyncio.run(order())
    ['a', 'a', 'b', 'a']
    """

    def __init__(self, count: int, *, used: Callable[[str], float] = lambda _: 0.0) -> None:
        self.free, self.used = count, used
        self.waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    def locked(self) -> bool:
        """Whether one would have to wait."""
        return not self.free

    def queue(self) -> int:
        """How many places are waited for."""
        return sum(map(len, self.waiting.values()))

    def queued(self, client: str) -> int:
        """How many places the client waits for."""
        return len(self.waiting.get(client, ()))

    def others(self, client: str) -> int:
        """How many other clients wait for a place."""
        return len(self.waiting.keys() - {client})

    async def acquire(self, client: str) -> None:
        """Take a place, or wait for one."""
        if self.free:
            self.free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(client, deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.release()  # it was given in the same moment
            else:
                self._forget(client, place)
            raise

    def release(self) -> None:
        """Give a place back: to the first of the client whose turn it is."""
        while self.waiting:
            client = min(self.waiting, key=self.used)
            places = self.waiting.pop(client)
            place = places.popleft()
            if places:
                self.waiting[client] = places  # at the end: others first
            if not place.done():  # else its waiter was cancelled a moment ago
                place.set_result(None)
                return
        self.free += 1

    def _forget(self, client: str, place: asyncio.Future[None]) -> None:
        places = self.waiting.get(client, deque())
        if place in places:
            places.remove(place)
            if not places:
                del self.waiting[client]
