"""What the false colours of a scalar mean: a bar with the values at its ends."""

from __future__ import annotations

from imgui_bundle import imgui

from passes import aov_passes
from passes.false_colours import SCALARS, viridis
from ui.window.theme import packed
from ui.window.view import ResultView

HEIGHT, WIDTH, STEPS = 150.0, 12.0, 32


class Legend:
    """Drawn over the picture where it is in false colours."""

    def draw(
        self, view: ResultView, drawing: imgui.ImDrawList, hovered: bool, active: bool
    ) -> bool:
        """Show it; it never has the pointer."""
        del hovered, active
        preview = view.preview
        shown, frame = preview.view, preview.drawn
        name = aov_passes(preview.editor.scene).get(shown, shown)
        if not preview.false_colours or name not in SCALARS or frame is None:
            return False
        low, high = preview.renderer.shown_range(shown)
        if name == "z_aa":  # in shares of far
            low, high = low * frame.camera.far, high * frame.camera.far
        texts = [f"{value:.4g}" for value in (high, low)]
        sizes = [imgui.calc_text_size(text) for text in texts]
        x, y, width, height = view.area
        wide = max(size.x for size in sizes) + WIDTH + 22
        left, top = x + width - wide - 8, y + (height - HEIGHT) / 2
        drawing.add_rect_filled(
            (left, top - 8), (left + wide, top + HEIGHT + 8), packed((0, 0, 0), 0.65), 4.0
        )
        for step in range(STEPS):
            red, green, blue = (float(part) for part in viridis(1 - (step + 0.5) / STEPS))
            start = top + HEIGHT * step / STEPS
            drawing.add_rect_filled(
                (left + 7, start), (left + 7 + WIDTH, start + HEIGHT / STEPS + 0.5),
                packed((red, green, blue)),
            )  # fmt: skip
        for text, at in zip(texts, (top, top + HEIGHT - sizes[1].y), strict=True):
            drawing.add_text((left + WIDTH + 14, at), packed((1, 1, 1)), text)
        return False
