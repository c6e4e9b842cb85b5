"""What the peers share: arguments, the image, the picture's geometry, timing, the result.

The picture is the same for every peer and for Parfocal: the image covers the canvas, linear
interpolation, contrast limits to a colormap; each frame shifts the camera by a fraction of a
sample, so that nobody can answer from a cache.
"""

import argparse
import io
import json
import time

import numpy as np


def argument_parser():
    parser = argparse.ArgumentParser()
    parser.add_argument("--image", required=True, help="NPY file, u16, layers x height x width")
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--height", type=int, required=True)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--picture", help="write frame 0 here as bare RGB bytes")
    parser.add_argument("--low", type=float, default=100.0)
    parser.add_argument("--high", type=float, default=4000.0)
    return parser


def arguments():
    return argument_parser().parse_args()


def load(args):
    return np.load(args.image)[: args.layers]


def shift(frame):
    """Camera shift of a frame in samples along x and y."""
    return 0.37 * (frame % 16), 0.21 * (frame % 16)


def scale(args, image):
    """Canvas pixels per sample: the image covers the canvas."""
    return max(args.width / image.shape[2], args.height / image.shape[1])


# Colours of additive layers; a single layer is grey.
COLOURS = {1: [(1, 1, 1)], 3: [(1, 0, 1), (0, 1, 0), (0, 1, 1)]}


def save(args, rgb):
    """Keeps the picture of frame 0, rows top to bottom, if that was asked for."""
    if args.picture:
        np.ascontiguousarray(rgb[..., :3]).tofile(args.picture)


def jpeg(rgb):
    """Pillow's JPEG of an RGB array, quality 85: what a remote view sends."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


class Timer:
    """Milliseconds of named stages, frame by frame; the first frames warm up and are not kept."""

    WARM = 3

    def __init__(self):
        self.stages = {}
        self.first = None

    def measure(self, args, **stages):
        """Runs the stages in order for each frame; each gets the frame's number and the result
        of the stage before."""
        began, used = time.perf_counter(), time.process_time()
        for frame in range(args.frames + self.WARM):
            if frame == self.WARM:
                began, used = time.perf_counter(), time.process_time()
            result = None
            for name, stage in stages.items():
                start = time.perf_counter()
                result = stage(frame, result)
                spent = 1e3 * (time.perf_counter() - start)
                if frame >= self.WARM:
                    self.stages.setdefault(name, []).append(spent)
        self.fps = args.frames / (time.perf_counter() - began)
        self.processor = 1e3 * (time.process_time() - used) / args.frames
        return result

    def report(self, **more):
        out = {"fps": self.fps, "processor": self.processor, **more}
        # A picture is done when its pixels are in host memory.
        picture = np.add(self.stages["render"], self.stages["capture"])
        for name, spent in {**self.stages, "picture": picture}.items():
            p50, p95 = (float(np.percentile(spent, percent)) for percent in (50, 95))
            out[name] = {"least": float(np.min(spent)), "p50": p50, "p95": p95}
        print(json.dumps(out))
