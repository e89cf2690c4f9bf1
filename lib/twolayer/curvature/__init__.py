"""The Hessian by its products with vectors: its extreme eigenvalues, and runs followed by them."""

__all__ = ["census", "chaos", "follow", "lanczos", "products", "ratchet", "spectrum", "toy"]
