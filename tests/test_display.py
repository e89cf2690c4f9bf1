"""Sliders in JupyterLab, and the still picture that stands in for them."""

import base64
from types import SimpleNamespace

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure

from nbreport import display, sliders


def draw(height, width):
    figure = Figure(figsize=(1 + width, 1 + height))
    figure.subplots().plot(np.arange(3))
    return figure, f"{height} by {width}"


@pytest.fixture
def explored():
    """Return the outputs of a figure with sliders, and what its sliders' moves displayed in its place."""
    shell, boxes = InteractiveShell.instance(), []

    def outputs(somebody):
        shell.kernel = SimpleNamespace(_allow_stdin=somebody)
        try:
            with pytest.MonkeyPatch.context() as patch, capture_output() as captured:
                made = sliders._slider_box
                patch.setattr(sliders, "_slider_box", lambda *given: boxes.append(made(*given)) or boxes[-1])
                sliders.explore(draw, "What one sees.", "A rising line.", height=(1, 0, 5), width=(2, 0, 5))
        finally:
            del shell.kernel
        return captured.outputs, boxes

    return outputs


def test_moving_a_slider_draws_anew():
    seen = []
    box = sliders._slider_box(draw, {"height": (1, 0, 5), "width": (2, 0, 5)}, "1 by 2", seen.append)
    grid, line = box.children
    moved = {slider.description: slider for slider in grid.children}
    assert line.value == "1 by 2" and (moved["height"].min, moved["height"].max) == (0, 5) and not seen
    moved["width"].value = 4
    assert line.value == "1 by 4" and [drawing.get_figwidth() for drawing in seen] == [5]


def test_a_figure_with_sliders_is_an_output_of_its_own_that_they_replace(explored):
    """A saved notebook has the picture, whatever becomes of the widgets."""
    (live, shown, caption), boxes = explored(True)
    assert live.data["application/vnd.jupyter.widget-view+json"]["model_id"] == boxes[0].model_id
    assert live.data["text/plain"] == "" and live.metadata["nbreport"] == {"kind": "live"}
    assert set(shown.data) == {"image/png", "text/plain"}
    assert base64.b64decode(shown.data["image/png"]).startswith(b"\x89PNG")
    assert shown.metadata["nbreport"]["kind"] == "figure" and shown.metadata["nbreport"]["alt"] == "A rising line."
    assert "What one sees." in caption.data["text/markdown"]
    with capture_output() as captured:
        boxes[0].children[0].children[1].value = 4
    (again,) = captured.outputs
    assert again.metadata["nbreport"]["inches"] == 5 and again.data["image/png"] != shown.data["image/png"]
    assert again.transient == shown.transient and again.update and not shown.update


def test_where_nobody_can_move_sliders_there_are_none(explored):
    (shown, caption), boxes = explored(False)
    assert "image/png" in shown.data and "What one sees." in caption.data["text/markdown"] and not boxes


def test_of_an_empty_text_nothing_is_displayed():
    InteractiveShell.instance()
    with capture_output() as captured:
        display.prose("")
        display.prose("\n  \n")
        display.prose("\n    Two\n    lines.\n")
    assert [shown.data["text/markdown"] for shown in captured.outputs] == ["Two\nlines."]
