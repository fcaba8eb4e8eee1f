"""What a shop on one machine doesn't have: distance to the database, to the storage, and to the client."""

import asyncio
import math
import random
import time

from .settings import CLIENT_BANDWIDTH, SPREAD


class RoundTrips:
    """Waiting times of one kind, lognormal, the same series on each start."""

    def __init__(self, median_ms: float, seed: int) -> None:
        self._random = random.Random(seed)
        self._mu = math.log(median_ms / 1000)

    def next_seconds(self) -> float:
        return self._random.lognormvariate(self._mu, SPREAD)

    async def wait(self) -> None:
        await asyncio.sleep(self.next_seconds())


class ClientLink:
    """ASGI middleware that sends an answer no faster than the client's link takes it."""

    CHUNK = 16_384

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        link_free_at = 0.0

        async def send_slowly(message) -> None:
            nonlocal link_free_at
            body = message.get("body", b"")
            if message["type"] != "http.response.body" or not body:
                await send(message)
                return
            more = message.get("more_body", False)
            for start in range(0, len(body), self.CHUNK):
                part = body[start : start + self.CHUNK]
                last = start + self.CHUNK >= len(body)
                now = time.monotonic()
                link_free_at = max(link_free_at, now) + len(part) / CLIENT_BANDWIDTH
                # Less than a millisecond is a debt, paid with the next part.
                if link_free_at - now >= 0.001:
                    await asyncio.sleep(link_free_at - now)
                await send({"type": "http.response.body", "body": part, "more_body": more or not last})

        await self.app(scope, receive, send_slowly)
