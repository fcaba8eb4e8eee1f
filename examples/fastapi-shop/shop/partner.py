import asyncio
import ssl
import uuid

import httpx

from .settings import PARTNER_URL, fault

ATTEMPTS = 4
PAUSE_SECONDS = 0.04
TIMEOUT = 5.0


class Partner:
    """The partner service: payments, recommendations, shipping quotes."""

    def __init__(self) -> None:
        self._tls = ssl.create_default_context()
        self._client = self._new_client()
        self._blocking = httpx.Client(
            base_url=PARTNER_URL, timeout=TIMEOUT, verify=self._tls, headers={"Connection": "close"}
        )

    def _new_client(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=60)
        return httpx.AsyncClient(base_url=PARTNER_URL, timeout=TIMEOUT, limits=limits, verify=self._tls)

    async def open(self) -> None:
        """Has some connections ready before the first customer needs them."""
        await asyncio.gather(*(self._client.get("/health") for _ in range(6)))

    async def close(self) -> None:
        await self._client.aclose()
        self._blocking.close()

    async def recommended_for(self, product_id: int) -> list[int]:
        if fault("f01"):
            response = self._blocking.get(f"/recommendations/{product_id}")
            response.raise_for_status()
        else:
            response = await self._send("GET", f"/recommendations/{product_id}")
        return response.json()["productIds"]

    async def pay(self, customer_id: int, cents: int) -> str:
        # The key makes sure that a payment which is sent again isn't taken twice.
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        body = {"customer": customer_id, "cents": cents}
        return (await self._send("POST", "/payments", json=body, headers=headers)).json()["payment"]

    async def shipping_quote(self, country: str, weight_class: int) -> dict:
        return (await self._send("GET", f"/quotes/{country}/{weight_class}")).json()

    async def _send(self, method: str, path: str, **request) -> httpx.Response:
        for attempt in range(1, ATTEMPTS + 1):
            if fault("f15"):
                async with self._new_client() as client:
                    response = await client.request(method, path, **request)
            else:
                response = await self._client.request(method, path, **request)
            if response.status_code < 500 or attempt == ATTEMPTS:
                break
            await asyncio.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
        response.raise_for_status()
        return response
