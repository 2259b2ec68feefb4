"""Where nodes stand in the Schematic, worked out from who carries whom. Knows no window."""

from __future__ import annotations

from engine.scene import AnyNode, Scene

Place = tuple[float, float]
"""A node's top left corner, in the Schematic's own points, y down."""

Cell = tuple[float, float]
"""Column and row."""

ACROSS, DOWN = 225.0, 62.0  # from a parent to its children, and from one of these to the next
SHAPE = (560.0, 190.0)  # of the Schematic at first
WIDER = 8  # columns beside the widest family that are worth trying
SNUG = (ACROSS - 30.0, DOWN - 4.0)  # nearer than this, two nodes would touch


def tidy(scene: Scene, shape: tuple[float, float] = SHAPE) -> dict[str, Place]:
    """Parents on the left, their children to the right of them, each beside the middle of its own.

    Families, and nodes that stand alone, are packed so that all are seen as large as may be in an
    area of this shape (width, height): each as high up as it finds room, in the document's order,
    what carries others first.
    """
    children: dict[str | None, list[AnyNode]] = {}
    for node in scene.nodes:
        children.setdefault(node.parent, []).append(node)
    roots = sorted(children.get(None, []), key=lambda node: node.id not in children)
    families = [_family(root, children) for root in roots]
    sizes = [_size(family) for family in families]
    widest = max((columns for columns, _ in sizes), default=1)
    trials = [_packed(sizes, columns) for columns in range(widest, widest + WIDER)]

    def shrunk(corners: list[Cell]) -> float:
        """How much smaller everything must be to fit into the shape."""
        ends = [(c + w, r + h) for (c, r), (w, h) in zip(corners, sizes, strict=True)]
        columns, rows = (max((end[i] for end in ends), default=1) for i in (0, 1))
        return max(columns * ACROSS / shape[0], rows * DOWN / shape[1])

    corners = min(trials, key=shrunk)
    return {
        name: ((column + own[0]) * ACROSS, (row + own[1]) * DOWN)
        for (column, row), family in zip(corners, families, strict=True)
        for name, own in family.items()
    }


def placed(
    scene: Scene, places: dict[str, Place], shape: tuple[float, float] = SHAPE
) -> dict[str, Place]:
    """Places for all nodes of a document: those that have one keep it. If none has, all are tidy; a
    new one stands to the right of its parent, or below all, where nothing else is."""
    known = {node.id: places[node.id] for node in scene.nodes if node.id in places}
    if not known:
        return tidy(scene, shape)
    for node in scene.nodes:
        if node.id not in known:
            known[node.id] = _beside(node.parent, known)
    return known


def _beside(parent: str | None, known: dict[str, Place]) -> Place:
    if parent in known:
        x, y = known[parent]
        x += ACROSS
    else:
        x = min(place[0] for place in known.values())
        y = max(place[1] for place in known.values()) + DOWN
    while any(abs(x - a) < SNUG[0] and abs(y - b) < SNUG[1] for a, b in known.values()):
        y += DOWN
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
