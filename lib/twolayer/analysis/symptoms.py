"""The table of symptoms: what is seen, what to measure, what it means, what to change."""

from collections.abc import Callable
from dataclasses import dataclass

# What knows nothing has a loss of log C, what is drawn by (2.20) a little more: three times that is sure, and wrong.
LOUD = 3
# A loss that changes by less than a hundredth from the first look to the last does not move.
MOVED = 0.01
# Weights below a hundredth of their first size count for nothing: logits are products of two of them.
SHRUNK = 0.01
# First weights of a tenth of the size of (2.20) make logits of a hundredth: all images look alike.
SMALL = 0.1
# A penalty of a quarter of the cross-entropy is no correction of the objective, but a good part of it.
HEAVY = 0.25
# Two of three units. Where weights have shrunk to nothing half are, by the signs of their biases; and as runs near the
# limit of stability lose as many and still learn, a low accuracy must come with it.
DEAD = 2 / 3
# Without any hidden layer, weights times pixels get to about nine of ten of MNIST's images.
LOW = 0.9
# One image in twenty. A network that knows all of MNIST's training images by heart loses one in fifty.
GAP = 0.05
# What loses another tenth of its loss in the second half of the way is not at its end.
FALLING = 0.1


@dataclass(frozen=True)
class Symptom:
    """A row of the table. Its texts are Markdown."""

    name: str
    seen: str  # what somebody would say of it
    rule: str  # what to measure, and from where on it counts
    means: str
    change: str
    present: Callable  # the rule, of `vitals.Measures`
    numbers: str  # the format of a phrase on a run, whose Measures are `m`


def _faded(m):
    return m.left < SHRUNK and not (m.kept_first and m.dead >= DEAD)


# In the order in which they are asked for: the first that is present is the diagnosis, so causes come before effects.
TABLE = (
    Symptom(
        "decay",
        "The loss is infinite or no number, and the penalty is strong.",
        "a loss is not finite, and `lr` times `l2` is at least 2 (1 + `momentum`)",
        "The penalty alone is a parabola with the curvature `l2` along each weight. A rate above its limit (A.5) "
        "throws the weights farther to the other side at each update.",
        "Lower `l2` until the product is far below the limit.",
        lambda m: m.broken and m.lr * m.l2 >= m.highest_decay,
        "lr {m.lr:g} times l2 {m.l2:g} against a limit of {m.highest_decay:g}; no finite loss from update "
        "{m.broke_at} on",
    ),
    Symptom(
        "scale",
        "The loss starts far above that of guessing.",
        f"the loss on the first batch, before any update, is above {LOUD} log C",
        "The inputs are too large for the first weights: (2.20) keeps the size of what comes in, so raw pixels make "
        "logits of hundreds. The curvature grows with the square of the inputs, and the highest rate falls with it.",
        "Set `input_scale=unit`, or draw first weights that are made for raw pixels (`init=homework`).",
        lambda m: m.first_loss > LOUD * m.knows_nothing,
        "a first loss of {m.first_loss:.4g} against log C, {m.knows_nothing:.3f}; input_scale {m.trained_scale}",
    ),
    Symptom(
        "overflow",
        "The loss becomes infinite or no number.",
        "a loss is not finite",
        "The learning rate is so far above the limit (A.5) that each update is larger than the last.",
        "Lower `lr` by factors of ten until the loss falls from the first updates on.",
        lambda m: m.broken,
        "no finite loss from update {m.broke_at} on, at lr {m.lr:g}; the first was {m.first_loss:.3g}",
    ),
    Symptom(
        "alike",
        "The accuracy stays low, and all hidden units do the same.",
        "before any update all columns of W1 are equal, and so are all rows of W2",
        "Units that start with the same numbers get the same gradients and stay alike: however many they are, the "
        "network has one, and none where all weights are 0.",
        "Draw the first weights at random (`init=he`).",
        lambda m: m.alike,
        "{m.hidden} hidden units with the same weights; accuracy {m.final:.4f}",
    ),
    Symptom(
        "penalty",
        "The loss stops at a high value, and the weights are small.",
        f"the weights are below {SHRUNK:.0%} of their first size; or they have shrunk, the penalty is at least "
        f"{HEAVY:.0%} of the cross-entropy, and the accuracy is below {LOW:g}",
        "The penalty outweighs the data: by (2.12) it takes the share `lr` times `l2` of each weight at each update.",
        "Lower `l2` by factors of ten.",
        lambda m: _faded(m) or (m.left < 1 and m.fit < LOW and m.penalty >= HEAVY * m.end_loss),
        "weights of {m.left:.2g} times their first size; a penalty of {m.penalty:.3g} beside a cross-entropy of "
        "{m.end_loss:.3g}, at l2 {m.l2:g}; accuracy {m.final:.4f}",
    ),
    Symptom(
        "hidden",
        "The accuracy on training images stays low however long it trains.",
        f"there are fewer hidden units than classes, and the accuracy is below {LOW:g}",
        "Too little of an image gets through so few units to tell its class.",
        "Raise `hidden` to several times the number of classes.",
        lambda m: m.fit < LOW and m.hidden < m.classes,
        "hidden {m.hidden} for {m.classes} classes; accuracy {m.final:.4f}",
    ),
    Symptom(
        "dead",
        "The accuracy is stuck, often at the share of one class.",
        f"at least {DEAD:.0%} of the hidden units are dead at the last look, and the accuracy is below {LOW:g}",
        "Too large updates have thrown the units below 0 for all images, and there they get no gradient (2.11). "
        "Where none is left, the answer to every image is the same, in the end the most frequent class (5.7).",
        "Lower `lr`; take the mean from raw pixels (`input_scale=centred`), as by (5.5) what all images have in "
        "common moves a unit the same way for all of them; or let the rate rise slowly (`warmup`).",
        lambda m: m.fit < LOW and m.dead >= DEAD,
        "{m.dead:.0%} of the hidden units dead at the end, {m.dead_first:.0%} at the start; accuracy {m.final:.4f}, "
        "{m.guessed:.4f} by guessing",
    ),
    Symptom(
        "start",
        "The loss stays at log C, the loss of a network that knows nothing.",
        f"the network guesses, fewer than {DEAD:.0%} of the hidden units are dead, and the first weights were below "
        f"{SMALL:.0%} of the size of (2.20) and have not yet moved by their own size",
        "The network starts near the saddle at 0: the gradient of each layer has the weights of the other as a "
        "factor, as in (5.3), and both are small. It leaves slowly at first, and then fast.",
        "Draw larger first weights (`init=he`), or raise `lr` or `updates`.",
        lambda m: m.guesses and m.dead < DEAD and m.start < SMALL and m.moved < 1,
        "first weights of {m.start:.2g} times the size of (2.20), moved by {m.moved:.2g} of their own; loss "
        "{m.end_loss:.3f} against log C, {m.knows_nothing:.3f}",
    ),
    Symptom(
        "rate",
        "The loss does not move.",
        f"the network guesses, and the loss on held-out images has changed by less than {MOVED:.0%} in all",
        "The learning rate is far too low: nothing has been learned.",
        "Raise `lr` by factors of ten until the loss falls from look to look.",
        lambda m: m.guesses and abs(m.last_held_out - m.first_held_out) < MOVED * m.first_held_out,
        "loss on held-out images {m.first_held_out:.4f} at first, {m.last_held_out:.4f} after {m.updates} updates at "
        "lr {m.lr:g}; accuracy {m.final:.4f}",
    ),
    Symptom(
        "labels",
        "The weights move, and nothing is learned that holds for other images.",
        f"the network guesses, though fewer than {DEAD:.0%} of its hidden units are dead and none of the above holds",
        "The labels have nothing to do with the images: they are in another order, or of other images.",
        "Look at some images beside their labels.",
        lambda m: m.guesses,
        "accuracy {m.final:.4f}, {m.guessed:.4f} by guessing, {m.train:.4f} on training images; {m.dead:.0%} of the "
        "hidden units dead; loss {m.end_loss:.3f} on batches, against log C, {m.knows_nothing:.3f}",
    ),
    Symptom(
        "gap",
        "Good on training images, worse on others.",
        f"the accuracy on training images is more than {GAP:g} above that on images that are held out",
        "The network has learned its images by heart: they are few beside its parameters.",
        "Train on more images, raise `l2`, lower `hidden`, or stop earlier.",
        lambda m: m.gap > GAP,
        "accuracy {m.train:.4f} on training images, {m.held_out:.4f} on others, {m.gap:.4f} apart; l2 {m.l2:g}",
    ),
    Symptom(
        "slow",
        "It learns, but slowly.",
        f"the accuracy is below {LOW:g}, and the loss has fallen by at least {FALLING:.0%} in the second half of "
        "the way, which is the sum of all rates",
        "The way is too short: the rate is far below its limit, or the updates are few.",
        "Raise `lr` by factors of three as long as the loss falls smoothly, or raise `updates` or `epochs`.",
        lambda m: m.fit < LOW and m.falling >= FALLING,
        "loss {m.half_loss:.3f} half way and {m.end_loss:.3f} at the end, {m.falling:.0%} less; accuracy "
        "{m.final:.4f}; weights moved by {m.moved:.2g} of their size",
    ),
    Symptom(
        "noise",
        "It learns at first, and then no more.",
        f"the accuracy is below {LOW:g}, and the loss has not fallen in the second half of the way",
        "The rate is too high for the end: single batches throw the weights as far as their mean brings them on.",
        "Let the rate fall (`schedule=cosine`), lower `lr`, or raise `batch`.",
        lambda m: m.fit < LOW and m.falling <= 0,
        "loss {m.half_loss:.3f} half way and {m.end_loss:.3f} at the end; accuracy {m.final:.4f}, {m.best:.4f} at "
        "its best",
    ),
    Symptom(
        "picture",
        "Right on the test images, wrong on a picture of my own.",
        "`input_scale`, `input_shift` and `input_factor` in `model.npz` are not those that the run was trained with",
        "The file of the model makes other inputs of the same pixels than training did. If not, look at the picture: "
        "shade, colour, ground and place are taken out, but what can be read is one thing, upright and alone.",
        "Write the file with the scaling of the run; look at each step of the picture on the page that `make "
        "predict` writes.",
        lambda m: not m.scale_fits,
        "the file says {m.model_scale} with the factor {m.model_factor:.4g}, the run {m.trained_scale}",
    ),
)


def first(measured):
    """Return the first Symptom of the table that is present in the `vitals.Measures`, or None."""
    return next((one for one in TABLE if one.present(measured)), None)
