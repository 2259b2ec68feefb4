"""Samplers, made once per device."""

from __future__ import annotations

from typing import Any, Literal

Filter = Literal["nearest", "linear"]
Address = Literal["clamp-to-edge", "repeat", "mirror-repeat"]


class Samplers:
    """The samplers of a device, each made when first asked for.

    nearest, linear: clamped to the edge. shadow: linear comparison for reversed Z ("greater-equal":
    the fragment's depth against the map's; lit where the fragment is at least as near).
    """

    def __init__(self, device: Any) -> None:
        self._device = device
        self._made: dict[tuple[str, ...], Any] = {}

    def get(self, filter: Filter = "linear", address: Address = "clamp-to-edge") -> Any:
        """A sampler with one filter for all directions and one address mode for both axes."""
        return self._sampler(filter, address, "")

    @property
    def nearest(self) -> Any:
        return self._sampler("nearest", "clamp-to-edge", "")

    @property
    def linear(self) -> Any:
        return self._sampler("linear", "clamp-to-edge", "")

    @property
    def shadow(self) -> Any:
        return self._sampler("linear", "clamp-to-edge", "greater-equal")

    def clear(self) -> None:
        """Forget all samplers."""
        self._made.clear()

    def _sampler(self, filter: str, address: str, compare: str) -> Any:
        key = (filter, address, compare)
        if key not in self._made:
            more = {"compare": compare} if compare else {}
            self._made[key] = self._device.create_sampler(
                label=" ".join(part for part in key if part),
                address_mode_u=address,
                address_mode_v=address,
                mag_filter=filter,
                min_filter=filter,
                mipmap_filter="nearest",
                **more,
            )
        return self._made[key]
