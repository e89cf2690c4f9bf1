"""The network of chapter 2: its layers, its parameters and their first values, and the files that it comes and goes in."""

from .net import TwoLayerNet

__all__ = ["TwoLayerNet", "initialization", "layers", "model", "model_file", "export"]
