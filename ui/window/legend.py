"""What the colours or greys of a scalar mean: a bar with the values at its ends."""

from __future__ import annotations

from imgui_bundle import imgui

from passes.display import MEASURED
from passes.false_colours import SCALARS, viridis
from ui.window.theme import packed
from ui.window.view import ResultView

HEIGHT, WIDTH, STEPS = 150.0, 12.0, 32


class Legend:
    """Drawn over the picture where it is in false colours, and always where it shows distances,
    which are fitted to what is there."""

    def draw(
        self, view: ResultView, drawing: imgui.ImDrawList, hovered: bool, active: bool
    ) -> bool:
        """Show it; it never has the pointer."""
        del hovered, active
        texts = self.texts(view)
        if not texts:
            return False
        sizes = [imgui.calc_text_size(text) for text in texts]
        x, y, width, height = view.area
        wide = max(size.x for size in sizes) + WIDTH + 22
        left, top = x + width - wide - 8, y + (height - HEIGHT) / 2
        drawing.add_rect_filled(
            (left, top - 8), (left + wide, top + HEIGHT + 8), packed((0, 0, 0), 0.65), 4.0
        )
        for step in range(STEPS):
            share = 1 - (step + 0.5) / STEPS
            colour = viridis(share) if view.preview.false_colours else (share, share, share)
            red, green, blue = (float(part) for part in colour)
            start = top + HEIGHT * step / STEPS
            drawing.add_rect_filled(
                (left + 7, start), (left + 7 + WIDTH, start + HEIGHT / STEPS + 0.5),
                packed((red, green, blue)),
            )  # fmt: skip
        for text, at in zip(texts, (top, top + HEIGHT - sizes[1].y), strict=True):
            drawing.add_text((left + WIDTH + 14, at), packed((1, 1, 1)), text)
        return False

    def texts(self, view: ResultView) -> tuple[str, ...]:
        """What stands at the upper and the lower end; none where nothing is shown."""
        preview = view.preview
        shown = preview.shown
        always = shown in MEASURED
        if preview.drawn is None or not (always or (preview.false_colours and shown in SCALARS)):
            return ()
        low, high = preview.renderer.shown_range(preview.view, wait=False)
        return f"{high:.4g}", f"{low:.4g}"
