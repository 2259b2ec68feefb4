"""The graphics device, and what is made once for it and kept."""

from __future__ import annotations

import gc
import logging
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import wgpu

from engine.errors import DeviceError, GpuMemoryError
from engine.gpu.adapters import choose_adapter, describe, is_software
from engine.gpu.formats import texture_bytes
from engine.gpu.samplers import Samplers
from engine.gpu.shaders import ShaderLibrary
from engine.gpu.software_threads import keep_apart

WANTED_FEATURES = (
    "timestamp-query",
    "float32-filterable",
    "float32-blendable",
    "bgra8unorm-storage",
    "texture-adapter-specific-format-features",
    "texture-format16bit-norm",
)
RAISED_LIMITS = (
    "max-storage-buffer-binding-size",
    "max-buffer-size",
    "max-texture-dimension-2d",
    "max-color-attachment-bytes-per-sample",
    "max-storage-buffers-per-shader-stage",
)

POLLING = 0.001
"""Seconds between looks for mappings that are done."""

_LOST = (
    "The graphics device was lost ({reason}): start again, and update the graphics driver or use "
    "smaller pictures if it happens again."
)

_open: weakref.WeakSet[Gpu] = weakref.WeakSet()


class Gpu:
    """A graphics device.

    adapter, device, queue: the wgpu objects. features: those that were granted. limits: name →
    number, as granted. summary: one line for people. is_software: the processor in disguise.
    max_texture: largest width or height of a texture. timestamps: passes can be timed.
    float32_filterable: 32-bit float textures can be sampled linearly.
    shaders: the shader library. samplers: the samplers, made once.

    Not for use from several threads at once.
    """

    def __init__(self, adapter: Any, device: Any) -> None:
        self.adapter = adapter
        self.device = device
        self.queue = device.queue
        self.features: frozenset[str] = frozenset(device.features)
        self.limits: dict[str, int] = dict(device.limits)
        self.is_software = is_software(adapter)
        self.max_texture: int = self.limits["max-texture-dimension-2d"]
        self.timestamps = "timestamp-query" in self.features
        self.float32_filterable = "float32-filterable" in self.features
        self.summary = describe(adapter) + ("" if self.timestamps else ", no pass timings")
        self.shaders = ShaderLibrary(device)
        self.samplers = Samplers(device)
        self._bind_groups: dict[tuple[Any, ...], Any] = {}
        self._users: dict[int, set[tuple[Any, ...]]] = {}
        self._lost = ""
        self._closed = False
        _look_now_and_then(device)
        _open.add(self)

    def __repr__(self) -> str:
        return f"<Gpu {self.summary}>"

    # -- making things; each of these calls the device, so not once per frame --

    def buffer(self, size: int, usage: int | str, *, label: str = "") -> Any:
        """A buffer of `size` bytes (rounded up to 4). usage: wgpu flags or "STORAGE | COPY_DST"."""
        with self.asking(size, label):
            return self.device.create_buffer(label=label, size=-(-size // 4) * 4, usage=usage)

    def texture(
        self, format: str, size: tuple[int, int], usage: int | str, *, layers: int = 1,
        label: str = "",
    ) -> Any:  # fmt: skip
        """A 2D texture (an array with `layers` > 1) without mip levels. size: (width, height)."""
        width, height = size
        with self.asking(texture_bytes(format, size, layers), label):
            return self.device.create_texture(
                label=label, size=(width, height, layers), format=format, usage=usage
            )

    @contextmanager
    def asking(self, size: int, label: str) -> Iterator[None]:
        """Make a buffer or a texture of `size` bytes in this block. Raises GpuMemoryError where the
        device has not so much, or not in one buffer."""
        try:
            yield
        except wgpu.GPUError as error:
            largest = self.limits["max-buffer-size"]
            if not isinstance(error, wgpu.GPUOutOfMemoryError) and size <= largest:
                raise
            raise GpuMemoryError(
                f"the graphics device has no room for {label or 'a buffer'} of {megabytes(size)}"
            ) from error

    def write_texture(self, texture: Any, data: Any, *, layer: int = 0) -> None:
        """Upload a whole layer. data: C-contiguous (h, w, c) or (h, w), of the texture's type."""
        width, height = texture.size[:2]
        assert data.shape[:2] == (height, width), (
            f"texture {texture.label!r} is {width}x{height}, data is {data.shape}"
        )
        self.queue.write_texture(
            {"texture": texture, "origin": (0, 0, layer)},
            data,
            {"bytes_per_row": data.nbytes // height, "rows_per_image": height},
            (width, height, 1),
        )

    # -- cached by what they are made from --

    def view(self, texture: Any, *, layer: int | None = None, array: bool = False) -> Any:
        """The view of a texture, made once: of one `layer`, or of all.

        A texture of one layer is viewed as "2d", with `array` as "2d-array"; one of several layers
        as "2d-array".
        """
        # Views live on the texture and go with it; a cache beside it would keep both alive.
        views: dict[tuple[int | None, bool], Any] = texture.__dict__.setdefault("_views", {})
        key = (layer, array)
        if key not in views:
            several = texture.size[2] > 1
            if layer is not None:
                views[key] = texture.create_view(
                    label=f"{texture.label}[{layer}]",
                    dimension="2d-array" if array else "2d",
                    base_array_layer=layer,
                    array_layer_count=1,
                )
            else:
                dimension = "2d-array" if array or several else "2d"
                views[key] = texture.create_view(label=texture.label, dimension=dimension)
        return views[key]

    def bind_group(self, layout: Any, entries: Mapping[int, Any], *, label: str = "") -> Any:
        """A bind group, made once for the same layout and resources.

        layout: a bind group layout that is kept (`pipeline.get_bind_group_layout(0)` makes a new
        one at every call: keep it beside the pipeline). entries: binding → texture view, sampler,
        buffer, or {"buffer", "offset", "size"} such as `UniformSlot.binding()`.
        """
        key: list[Any] = [layout.uid]
        for binding, resource in entries.items():
            if isinstance(resource, dict):
                buffer = resource["buffer"]
                place = (resource.get("offset", 0), resource.get("size", buffer.size))
                key.append((binding, buffer.uid, *place))
            else:
                key.append((binding, resource.uid))
        found = self._bind_groups.get(tuple(key))
        if found is None:
            found = self._make_bind_group(tuple(key), layout, entries, label)
        return found

    def _make_bind_group(
        self, key: tuple[Any, ...], layout: Any, entries: Mapping[int, Any], label: str
    ) -> Any:
        listed = [
            {"binding": binding, "resource": _as_resource(resource)}
            for binding, resource in entries.items()
        ]
        group = self.device.create_bind_group(label=label, layout=layout, entries=listed)
        if layout.uid not in self._users:  # the groups go with the layout that nobody has any more
            weakref.finalize(layout, _forget, weakref.ref(self), layout.uid).atexit = False
        self._bind_groups[key] = group
        for user in (layout.uid, *(part[1] for part in key[1:])):
            self._users.setdefault(user, set()).add(key)
        return group

    def forget(self, resource: Any) -> None:
        """Drop the cached views and bind groups of a texture, buffer, view or layout."""
        views = resource.__dict__.pop("_views", {})
        for uid in (resource.uid, *(view.uid for view in views.values())):
            self._forget(uid)

    def _forget(self, uid: int) -> None:
        for key in self._users.pop(uid, ()):
            self._bind_groups.pop(key, None)
            for user in (key[0], *(part[1] for part in key[1:])):
                keys = self._users.get(user)
                if keys is not None:
                    keys.discard(key)
                    if not keys:
                        del self._users[user]

    def drop(self, resource: Any) -> None:
        """Destroy a texture or buffer, with everything cached for it. Its memory is free at once.

        Work that was submitted before still completes.
        """
        self.forget(resource)
        resource.destroy()

    # -- running --

    def submit(self, encoder: Any) -> None:
        """Finish a command encoder and submit it. Raises DeviceError when the device is lost."""
        with self.watched():
            self.queue.submit([encoder.finish()])

    def wait(self) -> None:
        """Block until all submitted work is done. Raises DeviceError when the device is lost."""
        # wgpu 0.32: queue.on_submitted_work_done_* never resolves reliably, polling does.
        with self.watched():
            self.device._poll_wait()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Within this, a lost device is a DeviceError, whatever wgpu makes of it."""
        try:
            yield
        except wgpu.GPUError as error:
            if "device is lost" in str(error).lower():
                raise DeviceError(_LOST.format(reason=self._lost or "no reason given")) from error
            raise
        if self._lost:
            raise DeviceError(_LOST.format(reason=self._lost))

    def object_counts(self) -> dict[str, int]:
        """How many wgpu objects of each class are alive in this process (for leak tests)."""
        gc.collect()  # a texture and its cached views refer to each other
        counts = getattr(wgpu.diagnostics, "object_counts").get_dict()  # noqa: B009, set at run time
        return {name: row["count"] for name, row in counts.items() if name != "total"}

    def close(self) -> None:
        """Release the device and everything made for it. Nothing of it may be used after that."""
        if self._closed:
            return
        self._closed = True
        _open.discard(self)
        self._bind_groups.clear()
        self._users.clear()
        self.shaders.clear()
        self.samplers.clear()
        self.device.destroy()


def _look_now_and_then(device: Any) -> None:
    """Have wgpu-py's polling thread look for mappings that are done, instead of waiting for them.

    Waiting inside wgpu holds a lock that `submit` needs: with a readback in each frame (as when
    recording), no frame could be submitted before the one before it was done.
    """
    known = weakref.ref(device)  # the thread must not keep the device alive

    def look(block: bool) -> None:
        alive = known()
        if alive is not None:
            alive._poll()
        del alive
        if block:
            time.sleep(POLLING)

    device._poller._poll_func = look


def megabytes(size: int) -> str:
    """Bytes as people read them: "2,147 MB"."""
    return f"{size / 1e6:,.0f} MB"


def _as_resource(resource: Any) -> Any:
    if hasattr(resource, "map_state"):  # a whole buffer
        return {"buffer": resource, "offset": 0, "size": resource.size}
    return resource


def _forget(gpu: weakref.ref[Gpu], uid: int) -> None:
    alive = gpu()
    if alive is not None:
        alive._forget(uid)


class _LossWatch(logging.Filter):
    """Hears wgpu log that a device was lost, which it does not tell in another way."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if text == "DEVICE LOST!":
            return False  # the reason follows in a record of its own
        if not text.startswith("The WGPU device was lost"):
            return True
        if "(destroyed)" in text.lower():
            return False  # we did that ourselves
        # wgpu does not say of which device: with a driver that fails, none is worth going on with.
        for gpu in list(_open):
            gpu._lost = " ".join(text.partition("\n")[2].split()) or "no reason given"
        return True


_watch = _LossWatch()


def open_gpu(adapter: str | None = None) -> Gpu:
    """Open a graphics device.

    adapter: part of an adapter's name, to choose another than the fastest; the environment
    variable RILIEVO_ADAPTER does the same. Raises DeviceError in one sentence.
    """
    chosen = choose_adapter(adapter)
    logging.getLogger("wgpu").addFilter(_watch)
    features = [name for name in WANTED_FEATURES if name in chosen.features]
    limits = {name: chosen.limits[name] for name in RAISED_LIMITS}
    try:
        device = chosen.request_device_sync(
            label="rilievo", required_features=features, required_limits=limits
        )
    except Exception as error:
        reason = " ".join(str(error).split())
        raise DeviceError(
            f"The graphics adapter {describe(chosen)} gives no device ({reason}): "
            f"update its driver, or choose another with RILIEVO_ADAPTER."
        ) from error
    if is_software(chosen):
        keep_apart()
    return Gpu(chosen, device)
