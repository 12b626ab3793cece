"""Python's `websockets`, as a client of our server and as a server for our client."""

import asyncio
import json
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

CLOSE = "close, please"
TEXTS = ["", "hello", "grüße 👋", "x" * 70_000]
SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_000_000]


def bytes_of(length):
    return bytes((i * 31 + (i >> 8)) & 0xFF for i in range(length))


def compression(mode):
    return "deflate" if mode == "compressed" else None


async def client(url, largest, mode):
    wrong = []
    options = {"compression": compression(mode), "max_size": None, "subprotocols": ["chat"]}
    async with connect(url, **options) as socket:
        for message in [*TEXTS, *[bytes_of(size) for size in SIZES], bytes(largest)]:
            await socket.send(message)
            if await socket.recv() != message:
                wrong.append(f"a message of {len(message)}")
        # An iterable is one message in fragments.
        await socket.send(["frag", "", "mented ", "grü", "ße"])
        if await socket.recv() != "fragmented grüße":
            wrong.append("text in fragments")
        await socket.send([bytes_of(70_000), b"", bytes_of(3)])
        if await socket.recv() != bytes_of(70_000) + bytes_of(3):
            wrong.append("bytes in fragments")
        await (await socket.ping(b"are you there"))
        protocol = socket.subprotocol
        compressed = any("permessage" in extension.name for extension in socket.protocol.extensions)
        await socket.close(4001, "bye")
        ours = [socket.close_code, socket.close_reason, True]
    async with connect(url, **options) as socket:
        await socket.send(CLOSE)
        await socket.wait_closed()
        theirs = [socket.close_code, socket.close_reason, True]
    print(json.dumps({"wrong": wrong, "protocol": protocol, "compressed": compressed, "ours": ours, "theirs": theirs}))


async def server(mode):
    async def echo(socket):
        async for message in socket:
            if message == CLOSE:
                await socket.close(4002, "as you wish")
            elif message == "in fragments, please":
                await socket.send(["in ", "", "frag", "ments: grü", "ße"])
            else:
                await socket.send(message)

    async with serve(echo, "127.0.0.1", 0, compression=compression(mode), max_size=None) as running:
        print(running.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if sys.argv[1] == "client":
    asyncio.run(client(sys.argv[2], int(sys.argv[3]), sys.argv[4]))
else:
    asyncio.run(server(sys.argv[2]))
