"""napari's `viewer.screenshot()` of the canvas, and a JPEG of it. Needs a display (Xvfb will do)."""

import os
import sys

os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")

import napari

from common import Timer, arguments, jpeg, load, save, scale, shift


def main():
    args = arguments()
    image = load(args)
    viewer = napari.Viewer(show=True)
    names = ["gray"] if args.layers == 1 else ["magenta", "green", "cyan"]
    for plane, name in zip(image, names):
        viewer.add_image(
            plane,
            colormap=name,
            contrast_limits=(args.low, args.high),
            blending="opaque" if name == names[0] else "additive",
            interpolation2d="linear",
        )
    # Attributes moved under `scene` in napari 0.9.
    camera = viewer.scene.camera if hasattr(viewer, "scene") else viewer.camera
    camera.zoom = scale(args, image)
    height, width = image.shape[1:]

    def render(frame, _):
        dx, dy = shift(frame)
        camera.center = (0, (height - 1) / 2 + dy, (width - 1) / 2 + dx)

    def capture(*_):
        return viewer.screenshot(size=(args.height, args.width), canvas_only=True, flash=False)

    render(0, None)
    pixels = capture()
    if pixels.shape[:2] != (args.height, args.width):
        raise SystemExit(f"napari drew {pixels.shape} instead of {args.width}x{args.height}")
    save(args, pixels)
    timer = Timer()
    timer.measure(args, render=render, capture=capture, encode=lambda _, rgba: jpeg(rgba[..., :3]))
    timer.report(peer="napari", version=f"napari {napari.__version__}")
    # Qt and its display end in no good order; the result is out.
    sys.stdout.flush()
    os._exit(0)


main()
