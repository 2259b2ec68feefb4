"""Frames with exact depth for training, rendered by Rilievo's own engine from random documents.

    python -m models.train.scenes --out DIR --count 500 --seed 1

Needs the application's environment and a graphics adapter. DIR gets what `frames.py` reads; a run
with the same arguments goes on where an earlier one stopped. A document is fixed by its seed, and
seen from several places. Several processes make different frames with a seed and a folder each.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from engine.gpu import Gpu, open_gpu
from engine.scene import Media, Scene, new_media
from models.train.layouts import LAYOUTS, another_view
from models.train.textures import write_textures
from passes import Renderer

SIZE = (256, 192)
FULL = 60000.0  # what the 99.5th percentile of a frame's inverse depth is stored as
LEAST_HIT = 0.3  # share of the pixels that must show something
LEAST_SPREAD = 1.15  # far over near, below which a frame says nothing about depth
HELD_OUT = 20  # every so many documents, one is for validation
VIEWS = 3  # of a document
CLOSEST = 0.12  # metres: a camera with much nearer than that stands in something


def render_document(
    scene: Scene, gpu: Gpu, rng: Generator
) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]]:
    """(h, w, 3) sRGB, a sky where nothing is; and (h, w) inverse planar depth, 0 there. From the
    document's camera, then from others."""
    with Renderer(scene, passes=("z", "matte"), views=("beauty",), gpu=gpu) as renderer:
        for view in range(VIEWS):
            seen = another_view(scene, rng) if view else scene
            encoder = gpu.device.create_command_encoder()
            frame = renderer.read_back(renderer.encode(seen.evaluate(seen.first), encoder), encoder)
            renderer.submit(encoder)
            z, matte, picture = frame.array("z"), frame.array("matte"), frame.display("beauty")
            inverse = np.where(matte >= 0.5, 1 / np.maximum(z, 1e-6), 0).astype(np.float32)
            sky = (1 - np.clip(matte[..., None], 0, 1)) * _sky(picture.shape[:2], rng)
            yield np.clip(picture + sky, 0, 255).astype(np.uint8), inverse


def says_something(inverse: npt.NDArray[np.float32]) -> bool:
    """Whether a frame shows enough, at depths that differ."""
    seen = inverse[inverse > 0]
    if len(seen) < LEAST_HIT * inverse.size:
        return False
    low, most, high = np.percentile(seen, [2, 80, 98])
    return bool(high > LEAST_SPREAD * low and most < 1 / CLOSEST)


def build(seed: int, media: tuple[Media, ...], face: Path) -> tuple[Scene, str, Generator]:
    """A document, the name of its layout, and the generator it left behind."""
    rng = np.random.default_rng(seed)
    layouts: list[tuple[str, float, Callable[..., Scene]]] = LAYOUTS
    chances = np.array([weight for _, weight, _ in layouts])
    name, _, make = layouts[rng.choice(len(layouts), p=chances / chances.sum())]
    empty = Scene(name=name, size=SIZE, media=media, ambient=(0.3, 0.3, 0.3))
    return make(empty, rng, face), name, rng


def main() -> None:
    """Renders until the folder has as many frames as were asked for."""
    options = _options()
    for split in ("train", "val"):
        (options.out / split).mkdir(parents=True, exist_ok=True)
    media = tuple(
        new_media(path, (side, side))
        for path, side in write_textures(options.out / "textures", options.seed)
    )
    face = write_face(options.out / "face.ply")
    index = options.out / "index.jsonl"
    rows = [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []
    seed = 1 + max((row["seed"] for row in rows), default=options.seed * 1_000_000)
    number = len(rows)
    gpu = open_gpu()
    try:
        while number < options.count:
            scene, family, rng = build(seed, media, face)
            split = "val" if seed % HELD_OUT == 0 else "train"
            for picture, inverse in render_document(scene, gpu, rng):
                if number < options.count and says_something(inverse):
                    row = {"split": split, "name": f"{number:05d}", "family": family, "seed": seed}
                    _add_frame(options.out, row, picture, inverse)
                    number += 1
            seed += 1
    finally:
        gpu.close()


def _add_frame(
    out: Path,
    row: dict[str, Any],
    picture: npt.NDArray[np.uint8],
    inverse: npt.NDArray[np.float32],
) -> None:
    """Writes a frame, and then its line in the index."""
    scale = FULL / float(np.percentile(inverse[inverse > 0], 99.5))
    stored = np.clip(inverse * scale, 0, 65535).astype(np.uint16)
    # However far, what was hit is not sky.
    stored[(inverse > 0) & (stored == 0)] = 1
    path = f"{out / row['split'] / row['name']}"
    cv2.imwrite(path + ".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    cv2.imwrite(path + ".png", stored)
    with (out / "index.jsonl").open("a") as index:
        index.write(json.dumps({**row, "scale": scale}) + "\n")


def _sky(shape: tuple[int, int], rng: Generator) -> npt.NDArray[np.float32]:
    """(h, w, 3): blue, grey or reddish, paler towards the horizon, with soft clouds."""
    top = np.array([90, 140, 220]) * rng.uniform(0.4, 1.1) + rng.uniform(-30, 30, 3)
    low = top * 0.4 + 255 * rng.uniform(0.3, 0.6)
    ramp = np.linspace(0, 1, shape[0])[:, None, None] ** rng.uniform(0.5, 2)
    clouds = cv2.resize(
        rng.random((6, 9)).astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC
    )[..., None]
    return (top + (low - top) * ramp + 60 * rng.random() * clouds).astype(np.float32)


def write_face(path: Path) -> Path:
    """The canonical face that Rilievo ships as a mesh file, in metres around the origin."""
    import trimesh

    shipped = Path(__file__).parents[1] / "weights" / "face_canonical_468.npz"
    with np.load(shipped) as arrays:
        xyz, triangles = arrays["xyz"] / 100.0, arrays["tris"]
    mesh = trimesh.Trimesh(xyz - xyz.mean(0), triangles, process=False)
    path.write_bytes(mesh.export(file_type="ply"))  # pyright: ignore[reportArgumentType]
    return path


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=500, help="frames in the folder at the end")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
