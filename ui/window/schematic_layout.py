"""Where nodes stand in the Schematic, worked out from who carries whom. Knows no window."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.scene import AnyNode, Scene

Place = tuple[float, float]
"""A node's top left corner, in the Schematic's own points, y down."""

Cell = tuple[float, float]
"""Column and row."""

NODE = 195.0  # how wide a node is at least, as all lengths here at text scale 1
GAP = 30.0  # beside it, which the links to the next column need
ACROSS, DOWN = NODE + GAP, 62.0  # from a parent to its children, and from one of these to the next
HEIGHT = DOWN - 4.0  # nearer than this, two nodes would touch
SHAPE = (560.0, 190.0)  # of the Schematic at first
WIDER = 8  # columns beside the widest family that are worth trying
LINK = 60.0  # how far a link runs straight out of its ends


@dataclass(frozen=True, slots=True)
class Sizes:
    """How wide nodes would be with their whole names, in points. scale: of the text."""

    widths: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0

    @property
    def gap(self) -> float:
        """Between a node and the one to the right of it, in points."""
        return GAP * self.scale

    @property
    def down(self) -> float:
        """From a node to the next below it, in points."""
        return DOWN * self.scale

    def width(self, name: str) -> float:
        """Of a node, in points."""
        return max(self.widths.get(name, 0.0), NODE * self.scale)

    def touch(self, a: str, at: Place, b: str, there: Place) -> bool:
        """Whether two nodes at these places would lie on each other."""
        return (
            at[0] < there[0] + self.width(b)
            and there[0] < at[0] + self.width(a)
            and abs(at[1] - there[1]) < HEIGHT * self.scale
        )


PLAIN = Sizes()


def tidy(
    scene: Scene, shape: tuple[float, float] = SHAPE, sizes: Sizes = PLAIN
) -> dict[str, Place]:
    """Parents on the left, their children to the right of them, each beside the middle of its own.
    Columns are as wide as their widest node, so that links run between them and never behind one.

    Families, and nodes that stand alone, are packed so that all are seen as large as may be in an
    area of this shape (width, height): each as high up as it finds room, in the document's order,
    what carries others first.
    """
    children: dict[str | None, list[AnyNode]] = {}
    for node in scene.nodes:
        children.setdefault(node.parent, []).append(node)
    roots = sorted(children.get(None, []), key=lambda node: node.id not in children)
    families = [_family(root, children) for root in roots]
    blocks = [_size(family) for family in families]
    widest = max((columns for columns, _ in blocks), default=1)
    trials: list[dict[str, Place]] = []
    for columns in range(widest, widest + WIDER):
        corners = _packed(blocks, columns)
        cells = {
            name: (column + own[0], row + own[1])
            for (column, row), family in zip(corners, families, strict=True)
            for name, own in family.items()
        }
        trials.append(_in_points(cells, sizes))

    def shrunk(places: dict[str, Place]) -> float:
        """How much smaller everything must be to fit into the shape."""
        right = max((x + sizes.width(name) for name, (x, _) in places.items()), default=0.0)
        low = max((y for _, y in places.values()), default=0.0) + sizes.down
        return max((right + sizes.gap) / shape[0], low / shape[1])

    return min(trials, key=shrunk)


def placed(
    scene: Scene,
    places: dict[str, Place],
    shape: tuple[float, float] = SHAPE,
    sizes: Sizes = PLAIN,
) -> dict[str, Place]:
    """Places for all nodes of a document: those that have one keep it. If none has, all are tidy; a
    new one stands to the right of its parent, or below all, where nothing else is."""
    known = {node.id: places[node.id] for node in scene.nodes if node.id in places}
    if not known:
        return tidy(scene, shape, sizes)
    for node in scene.nodes:
        if node.id not in known:
            known[node.id] = _beside(node, known, sizes)
    return known


def rooms(places: Mapping[str, Place], sizes: Sizes) -> dict[str, float]:
    """How wide each node can be: as its whole name needs, unless another node is in the way to the
    right of it; never narrower than a node is at least."""
    found = {name: sizes.width(name) for name in places}
    least = NODE * sizes.scale
    for name, (x, y) in places.items():
        if found[name] <= least:
            continue
        ends = (a for a, b in places.values() if a > x and abs(y - b) < HEIGHT * sizes.scale)
        free = min(ends, default=float("inf")) - sizes.gap - x
        found[name] = max(min(found[name], free), least)
    return found


def curve(start: Place, end: Place) -> tuple[Place, Place, Place, Place]:
    """The link from a parent's end to its child's, as the node editor draws it: the four points of
    a cubic Bézier curve, which leaves to the right and comes in from the left."""
    half = math.dist(start, end) / 2
    bow = LINK * math.sin(math.pi / 2 * half / LINK) if half < LINK else LINK
    return start, (start[0] + bow, start[1]), (end[0] - bow, end[1]), end


def _in_points(cells: dict[str, Cell], sizes: Sizes) -> dict[str, Place]:
    """Where the nodes in these cells stand."""
    wide: dict[int, float] = {}
    for name, (column, _) in cells.items():
        wide[int(column)] = max(wide.get(int(column), 0.0), sizes.width(name))
    lefts, left = {}, 0.0
    for column in sorted(wide):
        lefts[column] = left
        left += wide[column] + sizes.gap
    return {name: (lefts[int(column)], row * sizes.down) for name, (column, row) in cells.items()}


def _beside(node: AnyNode, known: dict[str, Place], sizes: Sizes) -> Place:
    if node.parent in known:
        x, y = known[node.parent]
        x += sizes.width(node.parent) + sizes.gap
    else:
        x = min(place[0] for place in known.values())
        y = max(place[1] for place in known.values()) + sizes.down
    while any(sizes.touch(node.id, (x, y), name, place) for name, place in known.items()):
        y += sizes.down
    return x, y


def _family(root: AnyNode, children: dict[str | None, list[AnyNode]]) -> dict[str, Cell]:
    """The cells of a node and of all that it carries, from its own corner."""
    cells: dict[str, Cell] = {}
    free = 0
    # From the leaves up, without recursion: chains of nodes may be long.
    pending = [(root, 0, False)]
    while pending:
        node, depth, is_below_done = pending.pop()
        own = children.get(node.id, [])
        if not own:
            cells[node.id] = (depth, free)
            free += 1
        elif is_below_done:
            rows = [cells[child.id][1] for child in own]
            cells[node.id] = (depth, (rows[0] + rows[-1]) / 2)
        else:
            pending.append((node, depth, True))
            pending += [(child, depth + 1, False) for child in reversed(own)]
    return cells


def _size(family: dict[str, Cell]) -> tuple[int, int]:
    """Columns and rows that a family takes."""
    columns, rows = (max(cell[i] for cell in family.values()) for i in (0, 1))
    return int(columns) + 1, int(rows) + 1


def _packed(sizes: list[tuple[int, int]], columns: int) -> list[Cell]:
    """The corners of blocks of these sizes, packed into so many columns."""
    heights = [0] * columns
    corners: list[Cell] = []
    for width, height in sizes:
        tops = [max(heights[c : c + width]) for c in range(columns - width + 1)]
        row = min(tops)
        column = tops.index(row)
        heights[column : column + width] = [row + height] * width
        corners.append((column, row))
    return corners
