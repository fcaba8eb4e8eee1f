import os

FAULT = os.environ.get("SHOP_FAULT", "")
PARTNER_URL = os.environ.get("SHOP_PARTNER_URL", "http://127.0.0.1:9")

# Medians in milliseconds, and the standard deviation of their logarithm.
DATABASE_ROUND_TRIP_MS = 4.0
STORAGE_ROUND_TRIP_MS = 60.0
SPREAD = 0.25

# What a client can receive, in bytes per second.
CLIENT_BANDWIDTH = 1_000_000


def fault(name: str) -> bool:
    """Whether the shop was started with this fault; see README.md about the numbers."""
    return FAULT == name
