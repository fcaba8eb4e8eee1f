import asyncio

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.util import await_only

from .distance import RoundTrips
from .settings import DATABASE_ROUND_TRIP_MS, fault


def connect(path: str) -> tuple[AsyncEngine, async_sessionmaker[AsyncSession]]:
    limits = {"pool_size": 1, "max_overflow": 0} if fault("f06") else {"pool_size": 20, "max_overflow": 10}
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 10}, **limits)
    round_trips = RoundTrips(DATABASE_ROUND_TRIP_MS, seed=11)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection, _record) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = OFF")
        cursor.close()

    # A database on this machine answers in microseconds, a team's is a network away.
    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def travel(*_args) -> None:
        await_only(asyncio.sleep(round_trips.next_seconds()))

    return engine, async_sessionmaker(engine, expire_on_commit=False)
