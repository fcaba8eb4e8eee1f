import asyncio
import gc
import os
import shutil
import tempfile
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from .context import Context
from .database import connect
from .distance import ClientLink
from .partner import Partner
from .routes import catalog, customers, operations
from .seed import seed_database
from .settings import fault


class Journal:
    """ASGI middleware that remembers what was asked lately, for support."""

    KEPT = 25_000

    def __init__(self, app) -> None:
        self.app = app
        self.entries = [self.entry(f"/products/{i}", [(b"host", b"shop.example")]) for i in range(self.KEPT)]
        self.next = 0

    @staticmethod
    def entry(path: str, headers: list) -> dict:
        return {"path": path, "headers": [list(header) for header in headers], "notes": []}

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "http":
            self.entries[self.next % self.KEPT] = self.entry(scope["path"], scope["headers"])
            self.next += 1
            if self.next % 10 == 0:
                gc.collect()
        await self.app(scope, receive, send)


FIRST_VISITS = (
    ("GET", "/products?limit=60", None),
    ("GET", "/products/1", None),
    ("GET", "/search?q=amber", None),
    ("GET", "/products/1/reviews", None),
    ("GET", "/products/1/recommendations", None),
    ("GET", "/customers/800/orders", None),
    ("POST", "/carts/800/items", {"product_id": 1, "quantity": 1}),
    ("POST", "/checkout", {"customer_id": 800}),
    ("GET", "/shipping?country=SE&grams=70", None),
    ("GET", "/reports/sales", None),
    ("GET", "/health", None),
)


async def visit(app: FastAPI) -> None:
    """Asks for everything before customers do, because what is done for the first time takes longer."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
        for method, path, body in FIRST_VISITS * 3:
            (await client.request(method, path, json=body)).raise_for_status()
        await asyncio.gather(*(client.get("/products/1") for _ in range(3)))


@asynccontextmanager
async def lifespan(app: FastAPI):
    folder = tempfile.mkdtemp(prefix="fastapi-shop-")
    path = os.path.join(folder, "shop.sqlite")
    try:
        await asyncio.to_thread(seed_database, path)
        engine, sessions = connect(path)
        partner = Partner()
        app.state.context = Context(sessions, partner, folder)
        await app.state.context.prepare()
        await visit(app)
        gc.collect()
        if not fault("f07"):
            gc.freeze()  # What is in memory by now stays there.
        yield
        await partner.close()
        await engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_app() -> FastAPI:
    app = FastAPI(title="Shop", lifespan=lifespan)
    app.include_router(catalog.router)
    app.include_router(customers.router)
    app.include_router(operations.router)
    smallest = 1_000_000 if fault("f08") else 1_000
    app.add_middleware(GZipMiddleware, minimum_size=smallest, compresslevel=5)
    app.add_middleware(ClientLink)
    if fault("f07"):
        app.add_middleware(Journal)
    return app
