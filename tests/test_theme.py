"""What all figures have in common."""

import numpy as np
import pytest

from seq2score.figures import theme


def drawing(title="parity"):
    random = np.random.default_rng(1)
    figure, axes = theme.figure(height=2)
    theme.density_points(axes, *random.normal(size=(2, 50)), theme.MODEL_COLOURS[0])
    theme.label(axes, "Score", "Prediction", title)
    return figure


def test_the_same_figure_gives_the_same_bytes_as_png_and_svg(tmp_path):
    for name in ["a", "b"]:
        theme.save(drawing(), tmp_path / f"{name}.png")
    for suffix in [".png", ".svg"]:
        first, second = ((tmp_path / name).with_suffix(suffix).read_bytes() for name in "ab")
        assert first == second
    assert first.startswith(b"<?xml")


def test_a_model_keeps_its_style_when_another_is_added_at_the_end():
    assert theme.style_of("cnn", ["linear", "cnn"]) == theme.style_of("cnn", ["linear", "cnn", "z"])


def test_styles_differ_even_for_many_models():
    models = [f"m{i}" for i in range(40)]
    assert len({tuple(theme.style_of(m, models).values()) for m in models}) == 40


def test_a_title_with_dollars_is_not_read_as_a_formula(tmp_path):
    theme.save(drawing(title=r"cost $\frac$"), tmp_path / "a.png")


def test_density_is_highest_where_the_points_are():
    x = np.concatenate([np.random.default_rng(1).normal(0, 0.01, 500), [5.0]])
    density = theme.local_density(x, x)
    assert density[-1] == density.min()
    assert density[:500].min() > density[-1]


@pytest.mark.parametrize("values", [np.zeros(3), np.array([2.0]), np.zeros(0)])
def test_points_that_all_lie_on_one_spot_can_be_drawn(values):
    assert np.isfinite(theme.local_density(values, values)).all()


def test_text_stays_text_in_svg(tmp_path):
    theme.save(drawing(title="activity of my library"), tmp_path / "a.png")
    svg = (tmp_path / "a.svg").read_text()
    assert "<text" in svg and "activity of my library</text>" in svg


def test_what_stands_beside_all_panels_is_no_longer_than_the_figure_is_high():
    for height in (1.5, 2.2, 6.0):
        drawing, _ = theme.figure(height=height)
        theme.common_label(drawing, "Mean of predicted - measured Activity (log2 of RNA over DNA)")
        drawing.draw_without_rendering()
        text = drawing._supylabel.get_window_extent()
        assert text.height <= drawing.bbox.height
        assert (text.width > 30) == (height < 3)  # lines


def test_the_label_of_a_colour_bar_is_no_longer_than_the_figure_is_high():
    """That of a figure of one sequence was cut off at both ends."""
    drawing, axes = theme.figure(height=2.65)
    image = axes.imshow(np.eye(4))
    text = "change of the predicted Activity (log2 of RNA over DNA) by a substitution"
    theme.colour_bar(drawing, image, axes, text, fraction=0.02, pad=0.02, aspect=30)
    drawing.draw_without_rendering()
    extent = drawing.axes[-1].yaxis.label.get_window_extent()
    assert extent.y0 >= 0 and extent.y1 <= drawing.bbox.height
