"""Batches made ahead by processes, so that an accelerator does not wait for augmentation.

The processes are forked: they share the frames' memory with the trainer, and see no frames that
are added later. Batches go through memory that all of them share, not through a pipe.
"""

from __future__ import annotations

import mmap
import multiprocessing
import os
import queue
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

AHEAD = 2  # batches that a process may be ahead
LOOK_UP = 5.0  # seconds of waiting after which each side looks whether the other is still there

Size = tuple[int, int]  # width, height


class Source(Protocol):
    """What makes batches: `frames.Frames`."""

    def batch(
        self, count: int, size: Size, rng: Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]: ...


@dataclass(frozen=True)
class _Slot:
    """Where one batch lies: (n, 3, h, w) 8-bit pictures and (n, h, w) inverse depths, flat."""

    pictures: NDArray[np.uint8]
    depths: NDArray[np.float32]

    def views(self, count: int, size: Size) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        width, height = size
        pixels = count * width * height
        pictures = self.pictures[: 3 * pixels].reshape(count, 3, height, width)
        return pictures, self.depths[:pixels].reshape(count, height, width)


class Batches:
    """Batches of `count` frames from `workers` forked processes, in the order they are ready.

    Sizes are (w, h) with at most `most_pixels` pixels. Ask for as many as `slots` at first, then
    for one after each that was taken. RuntimeError when the processes have failed.
    """

    def __init__(
        self, source: Source, count: int, workers: int, most_pixels: int, seed: int
    ) -> None:
        context = multiprocessing.get_context("fork")
        self._count = count
        self._slots = [_slot(count * most_pixels) for _ in range(workers * AHEAD)]
        self._free = list(range(len(self._slots)))
        self._asked: Any = context.Queue()
        self._ready: Any = context.Queue()
        self._processes = [
            context.Process(
                target=self._work, args=(source, [seed, number], os.getpid()), daemon=True
            )
            for number in range(workers)
        ]
        for process in self._processes:
            process.start()

    @property
    def slots(self) -> int:
        """How many batches can be asked for before one is taken."""
        return len(self._slots)

    def ask(self, size: Size) -> None:
        """Has one more batch made."""
        self._asked.put((self._free.pop(), size))

    def take(self) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """(n, 3, h, w) pictures from 0 to 255 and (n, h, w) inverse depths, 1 where nearest."""
        number, size = self._next()
        pictures, depths = self._slots[number].views(self._count, size)
        taken = pictures.copy(), depths.copy()
        self._free.append(number)
        return taken

    def close(self) -> None:
        """Ends the processes."""
        for process in self._processes:
            process.terminate()
            process.join()

    def _next(self) -> tuple[int, Size]:
        while True:
            try:
                return self._ready.get(timeout=LOOK_UP)
            except queue.Empty:
                if not all(process.is_alive() for process in self._processes):
                    raise RuntimeError(
                        "a process that makes batches has ended: its message stands above"
                    ) from None

    def _work(self, source: Source, seed: list[int], trainer: int) -> None:
        cv2.setNumThreads(0)
        rng = np.random.default_rng(seed)
        while os.getppid() == trainer:
            try:
                number, size = self._asked.get(timeout=LOOK_UP)
            except queue.Empty:
                continue
            made_pictures, made_depths = source.batch(self._count, size, rng)
            pictures, depths = self._slots[number].views(self._count, size)
            pictures[:] = np.rint((made_pictures + 1) * 127.5)
            depths[:] = made_depths
            self._ready.put((number, size))


def _slot(pixels: int) -> _Slot:
    """Anonymous shared memory: unlike /dev/shm it has no limit of its own."""
    memory = mmap.mmap(-1, pixels * 7)
    return _Slot(
        np.frombuffer(memory, np.uint8, 3 * pixels, 4 * pixels),
        np.frombuffer(memory, np.float32, pixels),
    )
