"""A two-layer neural network on MNIST in NumPy: the science of the report.

Notation, used in every name: rows are examples; `X` (B, D), `W1` (D, H), `b1` (H,),
`Z1 = X W1 + b1`, `A1 = relu(Z1)`, `W2` (H, C), `b2` (C,), `Z2 = A1 W2 + b2` (the logits),
`P = softmax(Z2)`. The gradient of the objective (2.6) with respect to `v` is `dv`, of the
same shape. Numbers in parentheses are equations of the chapters in `notebooks/`.
"""


class InputError(ValueError):
    """Bad input: the message is one sentence for the person who gave it."""
