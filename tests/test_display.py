"""Sliders in JupyterLab, and the still picture that stands in for them."""

import base64

import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure

from nbreport import display


def draw(height, width):
    figure = Figure(figsize=(1 + width, 1 + height))
    figure.subplots().plot(np.arange(3))
    return figure, f"{height} by {width}"


def test_moving_a_slider_redraws():
    _, box = display._explorer(draw, {"height": (1, 0, 5), "width": (2, 0, 5)})
    grid, picture, line = box.children
    sliders = {slider.description: slider for slider in grid.children}
    assert line.value == "1 by 2" and picture.width == "288px"
    assert (sliders["height"].min, sliders["height"].max) == (0, 5)
    before = picture.value
    sliders["width"].value = 4
    assert line.value == "1 by 4" and picture.width == "480px" and picture.value != before


def test_the_output_carries_widget_and_still_picture():
    InteractiveShell.instance()
    with capture_output() as captured:
        display.explore(draw, "What one sees.", "A rising line.", height=(1, 0, 5), width=(2, 0, 5))
    shown, caption = captured.outputs
    assert shown.data["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert base64.b64decode(shown.data["image/png"]).startswith(b"\x89PNG")
    assert shown.metadata["nbreport"]["kind"] == "figure" and shown.metadata["nbreport"]["alt"] == "A rising line."
    assert "What one sees." in caption.data["text/markdown"]


def test_of_an_empty_text_nothing_is_displayed():
    InteractiveShell.instance()
    with capture_output() as captured:
        display.prose("")
        display.prose("\n  \n")
        display.prose("\n    Two\n    lines.\n")
    assert [shown.data["text/markdown"] for shown in captured.outputs] == ["Two\nlines."]
