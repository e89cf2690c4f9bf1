"""The loop in C, `loop.c`, compiled for this machine and called from Python."""

import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from twolayer.network import TwoLayerNet

SOURCE = Path(__file__).with_name("loop.c")
POINTERS = ("theta", "velocity", "gradient", "X", "A1", "dA1", "P")


class Net(ctypes.Structure):
    """As in `loop.c`."""

    _fields_ = [
        ("gemm", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in "BDHC"),
        *((name, ctypes.c_float) for name in ("rate", "momentum", "l2")),
        *((name, ctypes.c_void_p) for name in POINTERS),
    ]


def missing():
    """Return why the loop cannot be measured, or None."""
    if not (shutil.which("cc") or shutil.which("gcc")):
        return "there is no C compiler: install gcc"
    return None if openblas() else "NumPy here does not bring an OpenBLAS of its own"


@cache
def openblas():
    """Return the product of NumPy's own OpenBLAS, a C function with 64-bit sizes, or None."""
    for path in sorted(Path(np.__file__).parents[1].glob("numpy.libs/libscipy_openblas64_*")):
        return ctypes.cast(ctypes.CDLL(str(path)).scipy_cblas_sgemm64_, ctypes.c_void_p).value
    return None


@cache
def library():
    """Compile the loop; return it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "loop.so")
        compiler = shutil.which("cc") or shutil.which("gcc")
        # As -ffast-math, which would also have the whole process round numbers of less than full precision to 0.
        flags = ("-O3", "-march=native", "-shared", "-fPIC", "-fno-math-errno", "-fno-trapping-math")
        flags += ("-ffinite-math-only", "-fno-signed-zeros", "-fassociative-math", "-freciprocal-math")
        subprocess.run([compiler, *flags, SOURCE, "-o", path, "-lm"], check=True)
        return ctypes.CDLL(str(path))


def c_epoch(pixels, labels, H, B, lr, momentum=0.0, l2=0.0, seed=0):
    """Return `epoch()`, which does an epoch of updates in C, and `epoch.net`, the network that it trains."""
    rng, (N, D), C = np.random.default_rng(seed), pixels.shape, 10
    net = TwoLayerNet.initialized(D, H, C, rng, l2=l2)
    names = ("b1", "b2", "W2", "W1")
    theta = np.concatenate([net.params[name].ravel() for name in names])
    ends = np.cumsum([net.params[name].size for name in names])[:-1]
    for name, part in zip(names, np.split(theta, ends), strict=True):
        net.params[name] = part.reshape(net.params[name].shape)
    arrays = {"theta": theta, "gradient": np.empty_like(theta)}
    arrays |= {"velocity": np.zeros_like(theta)} if momentum else {}
    arrays |= {name: np.empty((B, n), np.float32) for name, n in (("X", D), ("A1", H), ("dA1", H), ("P", C))}
    where = {name: arrays[name].ctypes.data if name in arrays else None for name in POINTERS}
    given = Net(gemm=openblas(), B=B, D=D, H=H, C=C, rate=lr, momentum=momentum, l2=l2, **where)
    pixels, labels, updates = np.ascontiguousarray(pixels), np.ascontiguousarray(labels), library().updates

    def epoch():
        order = np.ascontiguousarray(rng.permutation(N)[: N // B * B], np.int64)
        places = (ctypes.c_void_p(array.ctypes.data) for array in (pixels, labels, order))
        updates(ctypes.byref(given), *places, ctypes.c_int64(N // B))

    epoch.net, epoch.arrays = net, arrays
    return epoch
