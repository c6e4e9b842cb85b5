#!/usr/bin/env python3
"""Compiles convert.cu to convert.ptx. No GPU and no CUDA toolkit needed, only NVRTC 12.2:

    pip download --no-deps nvidia-cuda-nvrtc-cu12==12.2.140 -d nvrtc
    unzip -d nvrtc nvrtc/*.whl
    python3 nvidia/kernels/compile.py nvrtc/nvidia/cuda_nvrtc/lib/libnvrtc.so.12

12.2, because its PTX is read by every driver that the program accepts (535 and later); compute_52,
because a driver makes machine code from it for every card since Maxwell.
"""
import ctypes, pathlib, sys

folder = pathlib.Path(__file__).parent
source = (folder / "convert.cu").read_bytes()
digest = 0xCBF29CE484222325
for byte in source:  # FNV-1a, which the test computes again
    digest = (digest ^ byte) * 0x100000001B3 & (1 << 64) - 1

nvrtc = ctypes.CDLL(sys.argv[1])
program, size = ctypes.c_void_p(), ctypes.c_size_t()
nvrtc.nvrtcCreateProgram(ctypes.byref(program), source, b"convert.cu", 0, None, None)
options = [b"--gpu-architecture=compute_52", b"--std=c++14"]
failed = nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
if failed:
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    sys.exit(log.value.decode())
nvrtc.nvrtcGetPTXSize(program, ctypes.byref(size))
ptx = ctypes.create_string_buffer(size.value)
nvrtc.nvrtcGetPTX(program, ptx)
head = f"// source: {digest:016x}\n"
(folder / "convert.ptx").write_text(head + ptx.value.decode().rstrip() + "\n")
