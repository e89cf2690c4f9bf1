"""The figures: they read data and return a matplotlib Figure; nothing is trained here."""
