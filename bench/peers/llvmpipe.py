"""Mesa's software OpenGL (llvmpipe), off screen by EGL: a u16 texture, bilinear, a lookup table."""

import os

os.environ.setdefault("EGL_PLATFORM", "surfaceless")
os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")

import moderngl
import numpy as np

from common import COLOURS, Timer, arguments, load, save, scale, shift

VERTEX = """
#version 330
in vec2 corner;
void main() { gl_Position = vec4(corner, 0.0, 1.0); }
"""

# Integer textures are not filtered, and normalised 16-bit ones are: the sample is value / 65535.
FRAGMENT = """
#version 330
uniform sampler2D image;
uniform sampler2D table;
uniform vec2 canvas;   // pixels
uniform vec2 offset;   // samples
uniform float step_;   // samples per pixel
uniform vec2 size;     // samples
uniform vec2 limits;   // of the sample, 0 to 1
out vec4 colour;
void main() {
    // Row 0 of the frame buffer is read first, and is the top of the picture.
    vec2 at = ((gl_FragCoord.xy - canvas / 2.0) * step_ + size / 2.0 + offset) / size;
    float value = (texture(image, at).r - limits.x) / (limits.y - limits.x);
    colour = vec4(texture(table, vec2(clamp(value, 0.0, 1.0), 0.5)).rgb, 1.0);
}
"""


def main():
    args = arguments()
    image = load(args)
    context = moderngl.create_standalone_context(backend="egl")
    program = context.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
    corners = np.array([-1, -1, 3, -1, -1, 3], "f4")
    triangle = context.vertex_array(program, context.buffer(corners), "corner")
    target = context.framebuffer([context.renderbuffer((args.width, args.height), 4)])
    height, width = image.shape[1:]
    planes, tables = [], []
    for plane, colour in zip(image, COLOURS[args.layers]):
        texture = context.texture((width, height), 1, plane.tobytes(), dtype="nu2")
        texture.repeat_x = texture.repeat_y = False
        texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        planes.append(texture)
        ramp = np.linspace(0, 255, 256)[:, None] * np.array([*colour, 1])
        table = context.texture((256, 1), 4, ramp.astype("u1").tobytes())
        table.repeat_x = False
        table.filter = (moderngl.LINEAR, moderngl.LINEAR)
        tables.append(table)
    program["image"], program["table"] = 0, 1
    program["size"] = (width, height)
    program["canvas"] = (args.width, args.height)
    program["step_"] = 1 / scale(args, image)
    program["limits"] = (args.low / 65535, args.high / 65535)
    context.blend_func = moderngl.ONE, moderngl.ONE

    def render(frame, _):
        target.use()
        program["offset"] = shift(frame)
        context.disable(moderngl.BLEND)
        for index, (plane, table) in enumerate(zip(planes, tables)):
            if index == 1:
                context.enable(moderngl.BLEND)
            plane.use(0)
            table.use(1)
            triangle.render()
        context.finish()

    render(0, None)
    pixels = np.frombuffer(target.read(components=4), "u1").reshape(args.height, args.width, 4)
    save(args, pixels)
    timer = Timer()
    timer.measure(args, render=render, capture=lambda *_: target.read(components=4))
    timer.report(peer="llvmpipe", version=f"{context.info['GL_RENDERER']}, {context.info['GL_VERSION']}")


main()
