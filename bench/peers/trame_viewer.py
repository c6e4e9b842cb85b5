"""A viewer of a trame remote view: speaks to the server as trame's page does.

The page registers at the view, tells its size, and takes the pictures that are pushed; trame's
protocol has no acknowledgement. It prints a line when the first picture has come, and at the end
one line of JSON: for each picture when it came, when the server sent it, its bytes on the wire.
"""

import argparse
import asyncio
import json
import time
import zlib

import aiohttp
import msgpack
from wslink.chunking import UnChunker, generate_chunks

SECRET = "wslink-secret"
"""What trame's page sends where nobody has set another."""
PICTURES = "publish:viewport.image.push.subscription:"
LARGEST = 4 << 20
"""Of a message, in bytes, as in wslink."""
PATIENCE = 20
"""Seconds for the first picture."""


def call(number, method, *args):
    """The only chunk of a call."""
    name = "system:c0" if method == "wslink.hello" else "rpc:c0"
    message = {"wslink": "1.0", "id": f"{name}:{number}", "method": method, "args": list(args)}
    return next(generate_chunks(msgpack.packb(message), 0))


def on_the_wire(seen):
    """As WebSocket's compression makes them, which the server is asked for as browsers ask for
    it: what aiohttp hands over is larger. Later, so as not to take time from the pictures."""
    deflate = zlib.compressobj(wbits=-15)
    for at, sent, data in seen:
        length = len(deflate.compress(data)) + len(deflate.flush(zlib.Z_SYNC_FLUSH))
        yield [at, sent, length]


async def look(args, seen, limit):
    unchunker = UnChunker()
    unchunker.set_max_message_size(LARGEST)
    # Browsers offer compression (15: with the largest window).
    options = {"compress": 15, "max_msg_size": 2 * LARGEST}
    async with aiohttp.ClientSession() as session, session.ws_connect(args.url, **options) as socket:
        await socket.send_bytes(call(0, "wslink.hello", {"secret": SECRET}))
        await socket.send_bytes(call(1, "viewport.image.push.observer.add", args.view))
        size = [args.width, args.height]
        await socket.send_bytes(call(2, "viewport.image.push.original.size", args.view, *size))
        async for chunk in socket:
            at = time.monotonic()
            message = unchunker.process_chunk(chunk.data)
            if message is None or not str(message["id"]).startswith(PICTURES):
                continue
            if not seen:
                print(json.dumps({"ready": at}), flush=True)
                limit.reschedule(asyncio.get_running_loop().time() + args.seconds)
            seen.append([at, message["result"]["sent"], chunk.data])


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True, help="ws://HOST:PORT/ws")
    parser.add_argument("--view", required=True, help="identifier of the view")
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--height", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True, help="from the first picture")
    args = parser.parse_args()
    seen = []
    try:
        async with asyncio.timeout(PATIENCE) as limit:
            await look(args, seen, limit)
    except TimeoutError:
        pass
    print(json.dumps(list(on_the_wire(seen))))


asyncio.run(main())
