"""Painter's order: what is blended last is what the eye meets first."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.gpu import UniformSlot
from passes.draw import Item, Kind, back_to_front
from passes.items import plane_of
from tests.support.truth import Floats, in_space

NO_SLOT: UniformSlot = None  # pyright: ignore[reportAssignmentType]  # only encode needs it
CARD = np.array([[-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, 0], [-0.5, 0.5, 0]])


def card(name: str, world: npt.NDArray[np.float64], order: int = 0) -> Item:
    """A square of side 1 in its own plane z = 0."""
    item = Item(name, Kind.PLANE, NO_SLOT, plane=plane_of(world), corners=in_space(world, CARD))
    item.order = order
    return item


def placed(centre: Floats, turn: Floats) -> npt.NDArray[np.float64]:
    """A matrix from a place and any three vectors' rotation (by orthogonalisation)."""
    q, r = np.linalg.qr(turn + 3 * np.eye(3))
    world = np.eye(4)
    world[:3, :3] = q * np.sign(np.diag(r))
    world[:3, 3] = centre
    return world


def hit(item: Item, eye: Floats, direction: Floats) -> float | None:
    """Along a ray, how far away the square is."""
    assert item.plane is not None
    slope = float(direction @ item.plane[:3])
    if abs(slope) < 1e-9:
        return None
    t = -(float(eye @ item.plane[:3]) + float(item.plane[3])) / slope
    point = eye + t * direction
    edges = (item.corners[1] - item.corners[0], item.corners[3] - item.corners[0])
    inside = all(1e-6 < (point - item.corners[0]) @ e / (e @ e) < 1 - 1e-6 for e in edges)
    return t if t > 0 and inside else None


def check(items: list[Item], eye: Floats) -> int:
    """Fail where a ray meets two squares in another order than they are drawn. Returns how many
    pairs were met."""
    drawn = {item.name: place for place, item in enumerate(back_to_front(items, eye))}
    assert sorted(drawn.values()) == list(range(len(items))), "each once"
    met = 0
    for a, b in combinations(items, 2):
        for x, y in np.random.default_rng(0).uniform(-0.5, 0.5, (25, 2)):
            middle = a.corners.mean(axis=0)
            sides = a.corners[1] - a.corners[0], a.corners[3] - a.corners[0]
            direction = middle + x * sides[0] + y * sides[1] - eye
            ta, tb = hit(a, eye, direction), hit(b, eye, direction)
            if ta is None or tb is None or abs(ta - tb) < 1e-4:
                continue
            met += 1
            nearer, farther = (a, b) if ta < tb else (b, a)
            assert drawn[nearer.name] > drawn[farther.name], (
                f"{nearer.name} hides {farther.name} and is drawn before it"
            )
    return met


numbers = st.floats(-1, 1, allow_subnormal=False)
vectors = st.tuples(numbers, numbers, numbers).map(np.array)


@settings(max_examples=60, deadline=None)
@given(
    turn=st.tuples(vectors, vectors, vectors).map(np.array),
    depths=st.lists(st.floats(-3, 3), min_size=2, max_size=5, unique=True),
    slides=st.lists(st.tuples(numbers, numbers), min_size=5, max_size=5),
    eye=vectors,
)
def test_parallel_cards(turn: Floats, depths: list[float], slides: list, eye: Floats) -> None:
    """A stack of layers, each slid to somewhere, seen from any side and at any slant."""
    base = placed(np.zeros(3), turn)
    items = []
    for index, (depth, slide) in enumerate(zip(depths, slides, strict=False)):
        offset = np.eye(4)
        offset[:3, 3] = [*slide, depth]
        items.append(card(f"card {index}", base @ offset))
    check(items, eye * 5)


@settings(max_examples=80, deadline=None)
@given(
    turns=st.lists(st.tuples(vectors, vectors, vectors).map(np.array), min_size=2, max_size=6),
    seed=st.integers(0, 10_000),
)
def test_cards_turned_any_way_that_do_not_touch(turns: list[Floats], seed: int) -> None:
    rng = np.random.default_rng(seed)
    centres: list[Floats] = []
    while len(centres) < len(turns):
        centre = rng.uniform(-2.5, 2.5, 3)
        if all(np.linalg.norm(centre - other) > np.sqrt(2) for other in centres):
            centres.append(centre)
    items = [
        card(f"card {i}", placed(c, t)) for i, (c, t) in enumerate(zip(centres, turns, strict=True))
    ]
    direction = rng.normal(size=3)
    check(items, 7 * direction / np.linalg.norm(direction))


@settings(max_examples=40, deadline=None)
@given(
    turn=st.tuples(vectors, vectors, vectors).map(np.array),
    slides=st.lists(st.tuples(numbers, numbers), min_size=2, max_size=5),
    eye=vectors,
)
def test_cards_in_one_plane_keep_the_order_of_the_document(
    turn: Floats, slides: list[tuple[float, float]], eye: Floats
) -> None:
    """From wherever they are seen: the later one lies on top."""
    base = placed(np.zeros(3), turn)
    items = []
    for index, slide in enumerate(slides):
        offset = np.eye(4)
        offset[:2, 3] = slide
        items.append(card(f"card {index}", base @ offset, order=index))
    assert back_to_front(items, eye * 5 + 0.1) == items


def test_the_tests_meet_something() -> None:
    base = np.eye(4)
    behind = np.eye(4)
    behind[2, 3] = -1.0
    assert check([card("front", base), card("back", behind)], np.array([0.1, 0.2, 5.0])) > 12
    order = back_to_front([card("front", base), card("back", behind)], np.array([0.0, 0, 5]))
    assert [item.name for item in order] == ["back", "front"]
    order = back_to_front([card("front", base), card("back", behind)], np.array([0.0, 0, -5]))
    assert [item.name for item in order] == ["front", "back"]
