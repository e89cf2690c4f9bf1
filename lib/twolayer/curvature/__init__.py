"""The Hessian by its products with vectors, and what becomes of networks: followed, counted, or run twice."""

__all__ = ["census", "chaos", "follow", "lanczos", "products", "ratchet", "spectrum", "toy"]
