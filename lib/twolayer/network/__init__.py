"""The network of chapter 2: its layers, its parameters and their first values, the files it is kept in."""

from .net import TwoLayerNet

__all__ = ["TwoLayerNet", "export", "initialization", "layers", "model", "model_file", "others", "products"]
