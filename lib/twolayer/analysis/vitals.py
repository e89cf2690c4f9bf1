"""The numbers of a run by which it is judged whether it is well."""

from dataclasses import dataclass

import numpy as np

# A tenth of the way from guessing, 1 / C, to always right: chance alone does not bring a network there.
GUESSING = 0.1


@dataclass(frozen=True)
class Measures:
    """What a run's files say of it, in numbers."""

    classes: int
    hidden: int
    lr: float  # peak of the schedule
    l2: float
    momentum: float
    updates: int  # that were to be done
    broke_at: int | None  # the first update whose loss is not a finite number
    first_loss: float  # on the first batch, before any update
    half_loss: float  # around the update by which half of the way is gone, half of the sum of all rates
    end_loss: float  # on the last batches
    train: float  # accuracy on training images
    held_out: float  # ... at the same look on validation images, or test images where there are none
    fit: float  # accuracy of the last look, on training images where these are looked at along the way
    final: float  # ... on images that are held out
    best: float  # ... on these, at the best look
    dead_first: float  # share of the hidden units that are off for all images looked at, before any update
    dead: float  # ... at the last look
    first_held_out: float  # loss on these images before any update
    last_held_out: float  # ... and at the last look
    moved: float  # distance of the kept weights from the first ones, over the size of these
    left: float  # size of the kept weights over that of the first ones; where they are these, what the penalty leaves
    kept_first: bool  # whether no look was better than that before any update: its weights are the kept ones
    start: float  # size of the first weights over that of He's, (2.20)
    alike: bool  # whether there are several hidden units, all with the same first weights
    penalty: float  # of the kept parameters
    trained_scale: str  # `input_scale` of the run
    model_scale: str  # ... of the model's file
    model_factor: float  # ... and what it multiplies pixels by
    scale_fits: bool  # whether the file can be that of the run

    @property
    def broken(self):
        """Whether a loss is not a finite number."""
        return self.broke_at is not None

    @property
    def guessed(self):
        """The accuracy of guessing."""
        return 1 / self.classes

    @property
    def guesses(self):
        """Whether the network is in the end hardly better."""
        return self.final < self.guessed + GUESSING * (1 - self.guessed)

    @property
    def knows_nothing(self):
        """The loss of a network that gives each class the same probability."""
        return float(np.log(self.classes))

    @property
    def gap(self):
        """By how much the accuracy on training images is above that on others."""
        return self.train - self.held_out

    @property
    def falling(self):
        """The share of the loss that went in the second half of the way."""
        return 1 - self.end_loss / self.half_loss if self.half_loss > 0 else 0.0

    @property
    def highest_decay(self):
        """The limit (A.5) of the learning rate where the penalty alone is the objective, times its strength."""
        return 2 * (1 + self.momentum)
