"""What the endpoints share."""

import asyncio
import fcntl
import hashlib
import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .distance import RoundTrips
from .partner import Partner
from .schemas import SizeGuide
from .seed import CATEGORIES, COUNTRIES
from .settings import STORAGE_ROUND_TRIP_MS, fault

WEIGHT_CLASSES_GRAMS = (500, 2_000, 10_000)
LANGUAGES = ("da", "de", "en", "fr", "it", "nl", "sv", "es")


class SizeGuides:
    """Size guides of each category in each language, kept by a file storage that is a network away."""

    def __init__(self) -> None:
        self._trips = RoundTrips(STORAGE_ROUND_TRIP_MS, seed=12)
        self._guides: dict[tuple[int, str], SizeGuide] = {}

    async def prepare(self) -> None:
        await asyncio.gather(*(self.get(c, lang) for c in range(1, CATEGORIES + 1) for lang in LANGUAGES))

    async def get(self, category_id: int, language: str) -> SizeGuide:
        guide = self._guides.get((category_id, language))
        if guide is None:
            await self._trips.wait()
            rows = [f"{size}: {size * category_id} x {size + 20} mm" for size in range(1, 13)]
            guide = SizeGuide(language=language, title=f"Guide {category_id}", rows=rows)
            self._guides[(category_id, language)] = guide
        return guide


class ShippingQuotes:
    """The partner's quotes, which change once a day."""

    def __init__(self, partner: Partner) -> None:
        self._partner = partner
        self._quotes: dict[tuple[str, int], dict] = {}

    async def prepare(self) -> None:
        classes = range(len(WEIGHT_CLASSES_GRAMS))
        await asyncio.gather(*(self.get(country, WEIGHT_CLASSES_GRAMS[c]) for country in COUNTRIES for c in classes))

    async def get(self, country: str, grams: int) -> tuple[dict, bool]:
        """The quote, and whether it was at hand."""
        weight_class = next((i for i, most in enumerate(WEIGHT_CLASSES_GRAMS) if grams <= most), 2)
        key = (country, grams) if fault("f12") else (country, weight_class)
        quote = self._quotes.get(key)
        if quote is not None:
            return quote, True
        quote = await self._partner.shipping_quote(country, weight_class)
        self._quotes[key] = {**quote, "weight_class": weight_class}
        return self._quotes[key], False


class Context:
    def __init__(self, sessions: async_sessionmaker[AsyncSession], partner: Partner, folder: str) -> None:
        self.sessions = sessions
        self.partner = partner
        self.guides = SizeGuides()
        self.quotes = ShippingQuotes(partner)
        self._turn_file = os.path.join(folder, "orders.turn")

    async def prepare(self) -> None:
        await self.partner.open()
        await self.quotes.prepare()
        if not fault("f05"):
            await self.guides.prepare()

    async def receipt(self, order_id: int, total_cents: int) -> str:
        text = f"{order_id}:{total_cents}".encode()
        if fault("f14"):
            return hashlib.pbkdf2_hmac("sha256", text, b"shop", 240_000).hex()
        return hmac.new(b"shop", text, "sha256").hexdigest()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Around what reads or changes carts or orders."""
        if not fault("f10"):
            yield
            return
        file = os.open(self._turn_file, os.O_RDWR | os.O_CREAT)
        try:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(0.05)
            yield
        finally:
            os.close(file)


def context_of(request: Request) -> Context:
    return request.app.state.context
