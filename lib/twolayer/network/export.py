"""A trained network written for other tools: safetensors, which PyTorch loads, and ONNX.

Both take pixels as they are, from 0 to 255, one image a row: the scaling is in the file.
"""

import importlib.util
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from .. import InputError
from .model_file import ORIGIN, SCALE
from .others import TORCH

OPSET, IR_VERSION = 17, 8  # of 2022: what reads ONNX today reads these


def write(model, path, form):
    """Write `model` to `path`, whose folder is made, in one of the FORMATS.

    Raises
    ------
    InputError
        If there is no such format, the package that it needs is not installed, or `path` cannot be written.
    """
    if form not in FORMATS:
        raise InputError(f"FORMAT must be one of {', '.join(FORMATS)}, not {form!r}")
    content, path = FORMATS[form](model), Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror or error})") from error


def safetensors(model):
    """Return a file of the parameters with PyTorch's names for `Sequential(Linear(D, H), ReLU(), Linear(H, C))`."""
    params = model.for_pixels()
    arrays = {TORCH[name]: np.ascontiguousarray(params[name].T) for name in TORCH}
    about = dict(zip(SCALE, ("raw", "0", "1"), strict=True))
    if model.origin is not None:
        words = (model.origin.name, "\n".join(model.origin.classes), model.origin.sha256)
        about |= dict(zip(ORIGIN, words, strict=True))
    return save(arrays, metadata=about)


def onnx(model):
    """Return a file with a graph from `pixels` (N, D) to `logits` (N, C), both of the parameters' type."""
    if importlib.util.find_spec("onnx") is None:
        raise InputError("FORMAT=onnx needs the package onnx: install it beside this one (pip install onnx), and again")
    from onnx import helper, numpy_helper

    params, scaling = model.net.params, model.scaling
    constants = params | {"shift": np.asarray(scaling.shift), "factor": np.asarray(scaling.factor)}
    tensors = [numpy_helper.from_array(array.astype(model.net.dtype), name) for name, array in constants.items()]
    nodes = [
        helper.make_node("Sub", ["pixels", "shift"], ["shifted"]),
        helper.make_node("Mul", ["shifted", "factor"], ["X"]),
        helper.make_node("Gemm", ["X", "W1", "b1"], ["Z1"]),
        helper.make_node("Relu", ["Z1"], ["A1"]),
        helper.make_node("Gemm", ["A1", "W2", "b2"], ["logits"]),
    ]
    kind = helper.np_dtype_to_tensor_dtype(model.net.dtype)
    ends = [
        helper.make_tensor_value_info(name, kind, ["N", size])
        for name, size in (("pixels", len(params["W1"])), ("logits", len(params["b2"])))
    ]
    graph = helper.make_graph(nodes, "two-layer network", ends[:1], ends[1:], tensors)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    if model.origin is not None:
        about = {"dataset": model.origin.name, "classes": "\n".join(model.origin.classes)}
        helper.set_model_props(made, about)
    return made.SerializeToString()


FORMATS = {"safetensors": safetensors, "onnx": onnx}
