"""A longer wire: a TCP proxy that hands every byte on after some time, each way."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def longer_wire(port: int, seconds: float) -> Iterator[int]:
    """Forward a port of this machine to `port`, `seconds` later each way; gives that port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def serve() -> asyncio.Server:
        return await asyncio.start_server(lambda *ends: _join(*ends, port, seconds), "localhost", 0)

    server = asyncio.run_coroutine_threadsafe(serve(), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, seconds: float) -> None:
    try:
        far_reader, far_writer = await asyncio.open_connection("localhost", port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(_carry(reader, far_writer, seconds), _carry(far_reader, writer, seconds))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """What comes is written in its order, all of it so much later: many bytes are under way at once."""
    loop = asyncio.get_running_loop()

    def write(data: bytes) -> None:
        if writer.is_closing():
            return
        if data:
            writer.write(data)
        else:
            writer.close()

    while True:
        try:
            data = await reader.read(1 << 16)
        except ConnectionError:
            data = b""
        loop.call_later(seconds, write, data)
        if not data:
            return
