"""A rendered frame: its passes as arrays, as a display picture, as files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import OutputError
from engine.gpu import Ticket
from engine.media import apply_lut_cpu, display_lut
from engine.output import ExrHeader, Part, frame_path, write_exr, write_jpeg, write_png
from passes.display import SOURCES

# Passes in the order in which they stand in a file: name, EXR part, channels, half or not.
PASSES: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "beauty": ("beauty", ("R", "G", "B", "A"), True),
    "matte": ("matte", ("matte.A",), True),
    "z": ("depth", ("depth.Z",), False),
    "z_normalized": ("depthNormalized", ("depthNormalized.Z",), True),
    "z_aa": ("depthAA", ("depthAA.Z",), False),
    "normals": ("N", ("N.X", "N.Y", "N.Z"), False),
    "position": ("P", ("P.X", "P.Y", "P.Z"), False),
    "uv": ("uv", ("uv.U", "uv.V"), False),
    "forward": ("forward", ("forward.u", "forward.v"), False),
    "backward": ("backward", ("backward.u", "backward.v"), False),
    "object_id": ("objectId", ("objectId.ID",), False),
    "albedo": ("albedo", ("albedo.R", "albedo.G", "albedo.B"), True),
    "shadow": ("shadow", ("shadow.R", "shadow.G", "shadow.B"), True),
    "confidence": ("depthConfidence", ("depthConfidence.C",), False),
    "stretch": ("stretch", ("stretch.A",), True),
}
PASS_NAMES = tuple(PASSES)
SINGLE = ("matte", "z", "z_normalized", "z_aa", "object_id", "confidence", "stretch")


class RenderedFrame:
    """The passes of one frame. Reading back goes on while the next frame is drawn; asking for an
    array waits for it."""

    def __init__(
        self,
        frame: int,
        tickets: Mapping[str, Ticket],
        displays: Mapping[str, Ticket],
        passes: Mapping[str, str],
        header: ExrHeader,
        depth_range: tuple[float, float],
        warnings: Sequence[str],
    ) -> None:
        """tickets: of the textures that the passes are made of. passes: by what they are called
        here, in the order of a file; a 3D AOV by its own name. depth_range: near and far of the
        camera."""
        self.frame = frame
        self.passes = tuple(passes)
        self._shown = dict(passes)
        self.warnings = tuple(warnings)
        self._header = header
        self._near, self._far = depth_range
        self._tickets = dict(tickets)
        self._displays = dict(displays)
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        self._pictures: dict[str, npt.NDArray[np.uint8]] = {}

    @property
    def header(self) -> ExrHeader:
        """What its EXR says of the camera and the frame."""
        return self._header

    def array(self, name: str) -> npt.NDArray[np.float32]:
        """A pass, or what a 3D AOV of this name shows, as float32, top row first.

        beauty (h, w, 4) scene-linear, premultiplied; albedo, shadow, normals, position (h, w, 3);
        uv (h, w, 2) with its origin top left; forward, backward (h, w, 2): pixels to the right and
        up to where a point is seen in the next and in the last frame; matte, z, object_id,
        confidence, stretch (h, w). Z is planar, in scene units; empty pixels hold the camera's far.
        z_normalized is 0 at the camera's near and 1 at its far, z_aa the anti-aliased mean of Z.
        stretch is 1 where a 3D surface shows what its picture does not hold: what is filled in
        behind a tear, or a sheet that is stretched over a depth step. Raises KeyError for a pass
        that was not asked for.
        """
        if name not in self.passes:
            raise KeyError(
                f"pass {name!r} was not rendered; this frame has {', '.join(self.passes)}"
            )
        name = self._shown[name]
        pixels = self._raw(SOURCES.get(name, name))
        if name == "matte":
            return np.ascontiguousarray(pixels[..., 3])
        if name == "z_normalized":
            share = (pixels[..., 0] - self._near) / (self._far - self._near)
            return np.clip(share, 0, 1).astype(np.float32)
        if name == "z_aa":  # shares of far, premultiplied, over nothing, which is far
            rest = np.clip(1 - pixels[..., 3], 0, 1)
            return ((pixels[..., 0] + rest) * np.float32(self._far)).astype(np.float32)
        if name in SINGLE:
            return np.ascontiguousarray(pixels[..., 0])
        channels = len(PASSES[name][1])
        return np.ascontiguousarray(pixels[..., :channels])

    def display(self, name: str = "beauty") -> npt.NDArray[np.uint8]:
        """A pass as a person sees it, (h, w, 3) uint8: beauty through the view transform, data in
        false colours. Raises KeyError for a view that was not asked for."""
        if name not in self._pictures:
            if name not in self._displays:
                known = ", ".join(self._displays) or "none"
                raise KeyError(f"view {name!r} was not rendered; this frame has {known}")
            pixels = self._displays[name].array()
            self._pictures[name] = np.ascontiguousarray(pixels[..., :3])
        return self._pictures[name]

    false_colour = display

    def cutout(self) -> npt.NDArray[np.uint8]:
        """(h, w, 4) uint8: the beauty as a person sees it with its matte, straight: what is half
        there has its own colour, not that over black. Without the beauty among the passes, opaque.
        Raises KeyError where the beauty was not asked for as a view."""
        shown = self.display()
        if "beauty" not in self.passes or self._shown["beauty"] != "beauty":
            return np.dstack([shown, np.full(shown.shape[:2], 255, np.uint8)])
        beauty = self.array("beauty")
        alpha = np.clip(np.nan_to_num(beauty[..., 3]), 0, 1)
        partly = (alpha > 0) & (alpha < 1)
        out = np.dstack([shown, np.rint(alpha * 255).astype(np.uint8)])
        if partly.any():
            light = beauty[partly][:, :3] / alpha[partly][:, None]
            seen = apply_lut_cpu(light[None], display_lut())[0]
            out[partly, :3] = np.rint(np.clip(seen, 0, 1) * 255).astype(np.uint8)
        return out

    @property
    def ready(self) -> bool:
        """Whether all that was asked for has come back, so that nothing here would wait."""
        tickets = (*self._tickets.values(), *self._displays.values())
        return all(ticket.done() for ticket in tickets)

    def wait(self) -> None:
        """Take all that is on its way, so that the GPU's buffers are free for other frames."""
        for name in list(self._tickets):
            self._raw(name)
        for name in list(self._displays):
            self.display(name)

    def save(
        self,
        path: str | Path,
        passes: Sequence[str] | None = None,
        *,
        number: int | None = None,
        extra: Mapping[str, str | int | float] | None = None,
    ) -> Path:
        """Write the frame; `####`, `%04d`, `@` or `$F4` in the name become its number.

        `.exr`: all passes as parts of one file. `.png`: the beauty as it is seen, with
        its matte (straight alpha). `.jpg`: the same over black.
        number: in place of the frame's own, for a recording. extra: see `ExrHeader`.
        Returns the file's path. Raises OutputError.
        """
        number = self.frame if number is None else number
        target = Path(frame_path(str(path), number))
        ending = target.suffix.lower()
        if ending == ".exr":
            asked = self.passes if passes is None else tuple(passes)
            for name in asked:
                if name not in self.passes:
                    raise OutputError(
                        f"{target}: pass {name!r} was not rendered; this frame has"
                        f" {', '.join(self.passes) or 'none'}"
                    )
            wanted = [name for name in self.passes if name in asked]
            if not wanted:
                raise OutputError(f"{target}: no pass to write; choose at least one")
            header = replace(self._header, frame=number, extra=extra or {})
            check_names({name: self._shown[name] for name in wanted})
            write_exr(target, [self._part(name) for name in wanted], header)
        elif ending in (".png", ".jpg", ".jpeg"):
            if "beauty" not in self._pictures and "beauty" not in self._displays:
                raise OutputError(f"{target}: the beauty was not rendered as a picture to be seen")
            if ending == ".png":
                write_png(target, self.cutout())
            else:
                write_jpeg(target, self.display())
        else:
            raise OutputError(
                f"{target}: cannot write {ending or 'a file without ending'};"
                " use .exr, .png or .jpg"
            )
        return target

    def _raw(self, name: str) -> npt.NDArray[np.float32]:
        if name not in self._arrays:
            pixels = self._tickets.pop(name).array()
            self._arrays[name] = pixels.astype(np.float32, copy=False)
        return self._arrays[name]

    def _part(self, name: str) -> Part:
        shown = self._shown[name]
        part, channels, half = PASSES[shown]
        if name != shown:  # a 3D AOV
            part = name
            ends = [channel.rpartition(".")[2] for channel in channels]
            channels = tuple(f"{layer_of(name)}.{end}" for end in ends)
        pixels = self.array(name)
        if shown == "uv":  # on disk its origin is bottom left, where there is a picture at all
            u, v = pixels[..., 0], pixels[..., 1]
            pixels = np.stack([u, np.where(pixels.any(axis=-1), 1.0 - v, 0.0)], axis=-1)
        if pixels.ndim == 2:
            pixels = pixels[..., None]
        return Part(part, channels, pixels, half)


def layer_of(name: str) -> str:
    """What the channels of a 3D AOV of that name begin with: dots would part layers, and
    compositors take no spaces."""
    return re.sub(r"[^\w-]", "_", name)


def check_names(outputs: Mapping[str, str]) -> None:
    """Raises OutputError where two of these outputs (name → pass) would be parts of one name."""
    taken: dict[str, str] = {}
    for name, shown in outputs.items():
        part = PASSES[name][0] if name == shown else name
        if part in taken:
            raise OutputError(
                f"the 3D AOV {name!r} has the name of a part that {taken[part]!r} is written as;"
                " rename it"
            )
        taken[part] = name
