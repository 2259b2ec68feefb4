"""Where nodes stand in the Schematic, worked out from who carries whom. Knows no window."""

from __future__ import annotations

from engine.scene import AnyNode, Scene

Place = tuple[float, float]
"""A node's top left corner, in the Schematic's own points, y down."""

ACROSS, DOWN = 230.0, 62.0  # from a parent to its children, and from one of these to the next
ABREAST = 3  # nodes in a row of those that stand alone
SNUG = (ACROSS - 30.0, DOWN - 4.0)  # nearer than this, two nodes would touch


def tidy(scene: Scene) -> dict[str, Place]:
    """Parents on the left, their children to the right of them, each beside the middle of its own;
    below, in rows, what neither carries others nor is carried. In the document's order."""
    children: dict[str | None, list[AnyNode]] = {}
    for node in scene.nodes:
        children.setdefault(node.parent, []).append(node)
    roots = [node for node in children.get(None, []) if node.id in children]
    alone = [node for node in children.get(None, []) if node.id not in children]
    places: dict[str, Place] = {}
    free = 0
    # From the leaves up, without recursion: chains of nodes may be long.
    pending = [(root, 0, False) for root in reversed(roots)]
    while pending:
        node, depth, is_below_done = pending.pop()
        own = children.get(node.id, [])
        if not own:
            places[node.id] = (depth * ACROSS, free * DOWN)
            free += 1
        elif is_below_done:
            rows = [places[child.id][1] for child in own]
            places[node.id] = (depth * ACROSS, (rows[0] + rows[-1]) / 2)
        else:
            pending.append((node, depth, True))
            pending += [(child, depth + 1, False) for child in reversed(own)]
    for index, node in enumerate(alone):
        places[node.id] = (index % ABREAST * ACROSS, (free + index // ABREAST) * DOWN)
    return places


def placed(scene: Scene, places: dict[str, Place]) -> dict[str, Place]:
    """Places for all nodes of a document: those that have one keep it. If none has, all are tidy; a
    new one stands to the right of its parent, or below all, where nothing else is."""
    known = {node.id: places[node.id] for node in scene.nodes if node.id in places}
    if not known:
        return tidy(scene)
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
