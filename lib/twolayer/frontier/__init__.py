"""How far the two layers go: dropout, soft targets, norms, averages, distorted images, committees and their pupils."""

__all__ = ["committee", "distortion", "layers", "normal", "recipe", "record", "studies", "training", "updates"]
