"""VTK's ray casting on the CPU, of a volume of 8 bits that is turned: all cores, fixed point.

The volume, the camera, the interpolation, the limits and the distances between rays and samples are
Parfocal's; the picture is mirrored, since (x, y, z) here is (z, y, x) there.
"""

import os

os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")

import argparse

import numpy as np
import vtk
from vtk.util import numpy_support

from common import Timer


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--volume", required=True, help="bare bytes, side x side x side")
    parser.add_argument("--side", type=int, required=True)
    parser.add_argument("--mode", choices=["mip", "minip", "translucent"], required=True)
    parser.add_argument("--every", type=int, required=True, help="pixels between rays")
    parser.add_argument("--step", type=float, required=True, help="voxels between samples")
    parser.add_argument("--zoom", type=float, required=True, help="pixels for a voxel")
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--height", type=int, required=True)
    parser.add_argument("--frames", type=int, required=True)
    parser.add_argument("--low", type=float, required=True)
    parser.add_argument("--high", type=float, required=True)
    return parser.parse_args()


def directions(angles):
    """Up and away from the viewer as (x, y, z), as `Camera3d::directions` has them."""
    (sa, sb, sc), (ca, cb, cc) = np.sin(np.radians(angles)), np.cos(np.radians(angles))
    view = [-sb, cc * cb, -sc * cb]
    up = [cb * sa, cc * sb * sa - sc * ca, -(sc * sb * sa + cc * ca)]
    return np.array(up), np.array(view)


def volume(args):
    data = vtk.vtkImageData()
    data.SetDimensions(args.side, args.side, args.side)
    samples = np.fromfile(args.volume, dtype=np.uint8)
    data.GetPointData().SetScalars(numpy_support.numpy_to_vtk(samples, deep=True))
    mapper = vtk.vtkFixedPointVolumeRayCastMapper()
    mapper.SetInputData(data)
    mapper.AutoAdjustSampleDistancesOff()
    mapper.SetImageSampleDistance(args.every)
    mapper.SetSampleDistance(args.step)
    grey, opacity = vtk.vtkColorTransferFunction(), vtk.vtkPiecewiseFunction()
    for at, share in [(args.low, 0.0), (args.high, 1.0)]:
        grey.AddRGBPoint(at, share, share, share)
    prop = vtk.vtkVolumeProperty()
    prop.SetInterpolationTypeToLinear()
    prop.SetColor(grey)
    if args.mode == "translucent":
        opacity.AddPoint(args.low, 0.0)
        opacity.AddPoint(args.high, 0.2)
    else:
        opacity.AddPoint(0, 1.0)
        opacity.AddPoint(255, 1.0)
        if args.mode == "mip":
            mapper.SetBlendModeToMaximumIntensity()
        else:
            mapper.SetBlendModeToMinimumIntensity()
    prop.SetScalarOpacity(opacity)
    shown = vtk.vtkVolume()
    shown.SetMapper(mapper)
    shown.SetProperty(prop)
    return shown


def main():
    args = arguments()
    renderer = vtk.vtkRenderer()
    renderer.AddVolume(volume(args))
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(args.width, args.height)
    window.AddRenderer(renderer)
    camera = renderer.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetParallelScale(args.height / 2 / args.zoom)
    center = np.full(3, (args.side - 1) / 2)
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.SetInputBufferTypeToRGB()
    grab.ReadFrontBufferOff()
    grab.ShouldRerenderOff()

    def render(frame, _):
        up, view = directions([20.0, frame * 3.0 % 180 - 90, 70.0])
        camera.SetFocalPoint(*center)
        camera.SetPosition(*(center - 4 * args.side * view))
        camera.SetViewUp(*up)
        renderer.ResetCameraClippingRange()
        window.Render()

    def capture(*_):
        grab.Modified()
        grab.Update()
        return grab.GetOutput()

    timer = Timer()
    pixels = timer.measure(args, render=render, capture=capture)
    shown = numpy_support.vtk_to_numpy(pixels.GetPointData().GetScalars())
    version = f"VTK {vtk.vtkVersion().GetVTKVersion()}, vtkFixedPointVolumeRayCastMapper"
    timer.report(peer="vtk", version=version, mean=float(shown.mean()), seen=float((shown > 0).any(axis=1).mean()))


if __name__ == "__main__":
    main()
