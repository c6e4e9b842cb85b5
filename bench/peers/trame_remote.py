"""trame's remote view of the image, whose camera somebody else moves 30 times a second.

It prints one line of JSON when it listens, begins to move when a line comes on standard input
(and prints when), and ends with standard input. trame does then what it does while a user drags
a shared view: it animates it, at the quality that its page asks for while dragging. Times are the
machine's monotonic clock, in seconds, which the viewer has too.
"""

import asyncio
import json
import math
import sys
import time

from common import argument_parser, load
from vtk_remote import view  # First: it chooses the software renderer.

import vtk
from importlib.metadata import version
from trame.app import get_server
from trame.ui.html import DivLayout
from trame.widgets.vtk import VtkRemoteView
from wslink.publish import PublishManager

MOVES = 30
"""Of the camera, a second; also the most frames a second that trame makes."""
QUALITY = 60
"""JPEG quality while a user drags, unless an application says otherwise (trame's page)."""
PICTURES = "viewport.image.push.subscription"


def stamp_pictures():
    """trame does not tell when a picture was made: the message gets the time at which it is
    published, so rendering and encoding before do not count."""
    publish = PublishManager.publish

    def stamped(manager, topic, data, **more):
        if topic == PICTURES:
            data["sent"] = time.monotonic()
        return publish(manager, topic, data, **more)

    PublishManager.publish = stamped


async def move(server, remote, identifier, look):
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    await lines.readline()
    print(json.dumps({"begun": time.monotonic()}), flush=True)
    remote.start_animation(fps=MOVES, quality=QUALITY, ratio=1)
    ended = asyncio.ensure_future(lines.read())
    began, x, y = loop.time(), 0.0, 0.0
    for at in range(sys.maxsize):
        turn = at / 15
        x, y = x + 1.5 * math.cos(turn), y + 1.5 * math.sin(turn)
        look(x, y)
        # As it does itself after a mouse event.
        server.protocol_call("viewport.image.push.invalidate.cache", identifier)
        await asyncio.wait([ended], timeout=max(0, began + (at + 1) / MOVES - loop.time()))
        if ended.done():
            return


async def main():
    parser = argument_parser()
    parser.add_argument("--zoom", type=float, required=True, help="canvas pixels a sample")
    args = parser.parse_args()
    # trame reads the command line too.
    del sys.argv[1:]
    window, look = view(args, load(args), args.zoom)
    interactor = vtk.vtkRenderWindowInteractor()
    interactor.SetRenderWindow(window)
    look(0, 0)
    window.Render()
    stamp_pictures()
    server = get_server()
    with DivLayout(server):
        remote = VtkRemoteView(window, ref="view")
    identifier = server.state["viewId"]
    ready = asyncio.Event()
    server.controller.on_server_ready.add(lambda **_: ready.set())
    quiet = {"open_browser": False, "show_connection_info": False, "disable_logging": True}
    serving = server.start(port=0, host="127.0.0.1", exec_mode="task", **quiet)
    await ready.wait()
    versions = f"trame {version('trame')}, trame-vtk {version('trame-vtk')}"
    print(json.dumps({"port": server.port, "view": identifier, "version": versions}), flush=True)
    await move(server, remote, identifier, look)
    serving.cancel()


asyncio.run(main())
