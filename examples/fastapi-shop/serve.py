"""Runs the shop; started by start.mjs, which holds the other end of the standard input."""

import asyncio
import os
import signal
import socket
import sys
import threading
import time

import uvicorn

from shop.app import create_app


def end_with_parent() -> None:
    """The parent writes nothing, so the input ends when the parent does."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
    os._exit(1)


class Server(uvicorn.Server):
    async def startup(self, sockets=None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            print(f"listening on http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)


def main() -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", int(sys.argv[1])))
    except OSError as error:
        sys.exit(f"port {sys.argv[1]} can't be used: {error.strerror}")
    config = uvicorn.Config(
        create_app(), log_level="warning", access_log=False, timeout_keep_alive=60, timeout_graceful_shutdown=3
    )
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
