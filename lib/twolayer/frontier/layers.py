"""What the recipes of chapter 9 add to the layers of chapter 2, as pure functions.

Equation numbers are those of chapter 9. As in `network.layers`, forward returns (value, cache), backward takes
(gradient, cache), nothing keeps state or writes into its arguments.
"""

import numpy as np

from ..network.layers import log_softmax


def dropout_forward(A, mask, keep):
    """Dropout, equation (9.1): entries off the mask are 0, those on it are divided by the share that is kept.

    Parameters
    ----------
    A : ndarray of shape (B, H)
        Inputs or hidden activations.
    mask : ndarray of shape (B, H)
        True or 1 for what is kept.
    keep : float
        The probability with which the mask keeps an entry, in (0, 1].

    Returns
    -------
    out : ndarray of shape (B, H)
        Its mean over masks is A.
    cache : tuple
        What `dropout_backward` needs.
    """
    return A * mask / keep, (mask, keep)


def dropout_backward(dout, cache):
    """Gradient of dropout, equation (9.2): what was not kept has none.

    Parameters
    ----------
    dout : ndarray of shape (B, H)
    cache : tuple
        From `dropout_forward`.

    Returns
    -------
    ndarray of shape (B, H)
    """
    mask, keep = cache
    return dout * mask / keep


def targets(y, classes, smoothing=0.0, dtype=np.float64):
    """Target probabilities, equation (9.3): one-hot rows, drawn towards the uniform distribution.

    Parameters
    ----------
    y : ndarray of shape (B,)
        Labels, 0 <= y[i] < C.
    classes : int
        C.
    smoothing : float
        The share of the uniform distribution, in [0, 1).

    Returns
    -------
    ndarray of shape (B, C)
        Rows sum to 1.
    """
    return (1 - smoothing) * np.eye(classes, dtype=dtype)[y] + dtype(smoothing / classes)


def mixed(X, T, share, order):
    """Mix a batch with itself, equation (9.4): each example with another, inputs and targets alike.

    Parameters
    ----------
    X : ndarray of shape (B, D)
    T : ndarray of shape (B, C)
    share : ndarray of shape (B,)
        Of the example itself, in [0, 1].
    order : ndarray of shape (B,)
        The example that each is mixed with.

    Returns
    -------
    X, T : ndarray
        Of the same shapes.
    """
    share = share[:, None].astype(X.dtype)
    return share * X + (1 - share) * X[order], share * T + (1 - share) * T[order]


def soft_cross_entropy(Z, T):
    """Mean cross-entropy of logits with target probabilities and its gradient, equations (9.5) and (9.6).

    Parameters
    ----------
    Z : ndarray of shape (B, C)
        Logits.
    T : ndarray of shape (B, C)
        Rows are non-negative and sum to 1: with any other sum the gradient would be another.

    Returns
    -------
    loss : float
        In nats.
    dZ : ndarray of shape (B, C)
        (P - T) / B.
    """
    log_P = log_softmax(Z)
    return float(-(T * log_P).sum() / len(Z)), (np.exp(log_P) - T) / len(Z)


def distillation(Z, T, Q, temperature, share):
    """Loss of a pupil and its gradient, equations (9.15) and (9.16); Hinton, Vinyals and Dean 2015.

    Parameters
    ----------
    Z : ndarray of shape (B, C)
        The pupil's logits.
    T : ndarray of shape (B, C)
        Targets from the labels; rows sum to 1.
    Q : ndarray of shape (B, C)
        The teacher's probabilities at this temperature; rows sum to 1.
    temperature : float
        Above 0; what logits are divided by before the softmax. Above 1 it tells small probabilities apart.
    share : float
        Of the teacher in the loss, in [0, 1].

    Returns
    -------
    loss : float
        In nats.
    dZ : ndarray of shape (B, C)
    """
    taught, dtaught = soft_cross_entropy(Z / temperature, Q)
    labelled, dlabelled = soft_cross_entropy(Z, T)
    loss = share * temperature**2 * taught + (1 - share) * labelled
    return loss, share * temperature * dtaught + (1 - share) * dlabelled


def limited(W, norm):
    """Hold the columns of W to a norm, equation (9.7): longer ones are shortened to it.

    Parameters
    ----------
    W : ndarray of shape (D, H)
        A column is what comes into a hidden unit.
    norm : float
        Above 0.

    Returns
    -------
    ndarray of shape (D, H)
    """
    lengths = np.sqrt(np.einsum("ij,ij->j", W, W))
    return W * np.minimum(1, norm / np.maximum(lengths, np.finfo(W.dtype).tiny))
