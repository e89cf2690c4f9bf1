"""The network of chapter 2: its layers, its parameters and their first values, and the file they are kept in."""

from .net import TwoLayerNet

__all__ = ["TwoLayerNet", "initialization", "layers", "model_file"]
