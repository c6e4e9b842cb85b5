"""VTK as trame's remote view drives it: off-screen render, window to image, JPEG.

The stages are timed one by one; `fps` is that of `vtkWebApplication.StillRender`, the very object
behind a remote view, which encodes on a thread of its own. VTK has no additive blending of image
slices: several layers are averaged by opacity instead, which costs the same and looks paler.
"""

import os
import time

os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")

import numpy as np
import vtk
from vtk.util import numpy_support
from vtkmodules.vtkWebCore import vtkWebApplication

from common import COLOURS, Timer, arguments, load, save, scale, shift


def actor(plane, colour, opacity, args):
    height, width = plane.shape
    data = vtk.vtkImageData()
    data.SetDimensions(width, height, 1)
    data.GetPointData().SetScalars(numpy_support.numpy_to_vtk(plane.ravel(), deep=True))
    table = vtk.vtkLookupTable()
    table.SetNumberOfTableValues(256)
    table.SetRange(args.low, args.high)
    for index in range(256):
        table.SetTableValue(index, *(index / 255 * part for part in colour), 1.0)
    prop = vtk.vtkImageProperty()
    prop.SetLookupTable(table)
    prop.UseLookupTableScalarRangeOn()
    prop.SetInterpolationTypeToLinear()
    prop.SetOpacity(opacity)
    mapper = vtk.vtkImageSliceMapper()
    mapper.SetInputData(data)
    slice_ = vtk.vtkImageSlice()
    slice_.SetMapper(mapper)
    slice_.SetProperty(prop)
    return slice_


def view(args, image, zoom):
    """An off-screen window with the image, `zoom` pixels a sample, and a function that moves its
    camera by samples from the image's centre."""
    renderer = vtk.vtkRenderer()
    stack = vtk.vtkImageStack()
    for index, (plane, colour) in enumerate(zip(image, COLOURS[args.layers])):
        slice_ = actor(plane, colour, 1 / (index + 1), args)
        slice_.GetProperty().SetLayerNumber(index)
        stack.AddImage(slice_)
    renderer.AddViewProp(stack)
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(args.width, args.height)
    window.AddRenderer(renderer)
    camera = renderer.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetParallelScale(args.height / 2 / zoom)
    height, width = image.shape[1:]

    def look(dx, dy):
        # Row 0 of the image is at the top: the camera looks from behind, upside down.
        x, y = (width - 1) / 2 + dx, (height - 1) / 2 + dy
        camera.SetFocalPoint(x, y, 0)
        camera.SetPosition(x, y, -1000)
        camera.SetViewUp(0, -1, 0)
        renderer.ResetCameraClippingRange()

    return window, look


def main():
    args = arguments()
    image = load(args)
    window, look = view(args, image, scale(args, image))
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.SetInputBufferTypeToRGB()
    grab.ReadFrontBufferOff()
    grab.ShouldRerenderOff()
    writer = vtk.vtkJPEGWriter()
    writer.WriteToMemoryOn()
    writer.SetQuality(85)

    def render(frame, _):
        look(*shift(frame))
        window.Render()

    def capture(*_):
        grab.Modified()
        grab.Update()
        return grab.GetOutput()

    def encode(_, pixels):
        writer.SetInputData(pixels)
        writer.Write()
        return writer.GetResult().GetNumberOfTuples()

    render(0, None)
    pixels = numpy_support.vtk_to_numpy(capture().GetPointData().GetScalars())
    save(args, np.flipud(pixels.reshape(args.height, args.width, 3)))
    timer = Timer()
    size = timer.measure(args, render=render, capture=capture, encode=encode)
    timer.fps = remote_view(args, window, look)
    version = f"VTK {vtk.vtkVersion().GetVTKVersion()}, {window.GetClassName()}"
    timer.report(peer="vtk", version=version, bytes=size)


def remote_view(args, window, look):
    """Frames per second of a remote view whose camera moves all the time."""
    application = vtkWebApplication()
    application.SetImageEncoding(vtkWebApplication.ENCODING_NONE)
    application.SetImageCompression(vtkWebApplication.COMPRESSION_JPEG)
    for frame in range(args.frames + Timer.WARM):
        if frame == Timer.WARM:
            began = time.perf_counter()
        look(*shift(frame))
        application.InvalidateCache(window)
        application.StillRender(window, 85)
    # Asked again without a change, it hands out what its thread has finished since.
    while application.GetHasImagesBeingProcessed(window):
        time.sleep(0.0005)
        application.StillRender(window, 85)
    return args.frames / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
