"""Undo and redo."""

from __future__ import annotations

import random

from engine.errors import SceneError
from engine.scene import (
    Axis,
    Geometry,
    History,
    Light,
    Media,
    NormalMap,
    Scene,
    Surface,
    curve,
    new_light,
    new_z_map,
)

MEDIA = tuple(Media(name=f"m{i}", path=f"/m{i}.png", size=(8, 8)) for i in range(3))


def random_edit(scene: Scene, dice: random.Random) -> Scene:
    """Some change an artist might make; it may be refused."""
    ids = [node.id for node in scene.nodes]
    kind = dice.randrange(9)
    if kind == 0 or not ids:
        node = dice.choice(
            [
                Surface(id=scene.unique_id("Surface"), media=dice.randint(1, len(scene.media))),
                Axis(id=scene.unique_id("Axis")),
                Geometry(id=scene.unique_id("Box"), mesh="box"),
                new_light(scene),
            ]
        )
        return scene.with_node(node)
    id = dice.choice(ids)
    if kind == 1:
        return scene.without(id)
    if kind == 2:
        return scene.with_values(id, parent=dice.choice([None, *ids]))
    if kind == 3:
        return scene.with_node(new_z_map(scene, id, media=1))
    if kind == 4:
        return scene.with_node(NormalMap(id=scene.unique_id("N"), parent=id, media=1))
    if kind == 5:
        return scene.with_media(MEDIA[0]) if dice.random() < 0.5 else scene.without_media(1)
    if kind == 6:
        return scene.with_settings(fps=dice.choice([24.0, 25.0]), name=str(dice.random()))
    moved = (dice.random(), 0.0, curve([(1, 0), (dice.randint(2, 9), dice.random())]))
    return scene.with_values(id, translate=moved)


def test_200_edits_back_and_forth() -> None:
    dice = random.Random(7)
    history = History(Scene(media=MEDIA))
    documents = [history.scene]
    refused = 0
    while len(documents) <= 200:
        try:
            edited = random_edit(history.scene, dice)
        except SceneError:
            refused += 1
            continue
        before = history.scene
        history.push(edited, f"edit {len(documents)}")
        if edited != before:
            documents.append(edited)
    assert refused
    for expected in reversed(documents[:-1]):
        assert history.undo() == expected
    assert history.undo() is documents[0]
    for expected in documents[1:]:
        assert history.redo() == expected
    assert history.redo() is documents[-1]
    # Each is valid by itself: what an edit checks is what a new document checks.
    for document in documents:
        fields = {name: getattr(document, name) for name in document.__struct_fields__}
        assert Scene(**fields) == document


def test_an_edit_shares_what_it_leaves_alone() -> None:
    scene = Scene(media=MEDIA, nodes=(Axis(id="a"), Axis(id="b")))
    edited = scene.with_values("a", scale=(2, 2, 2))
    assert edited.nodes[1] is scene.nodes[1]
    assert edited.media[0] is scene.media[0]
    assert scene.node("a") == Axis(id="a")


def test_labels_and_what_a_new_edit_forgets() -> None:
    history = History(Scene())
    assert (history.undo_label, history.redo_label) == (None, None)
    one = Scene().with_node(Axis(id="a"))
    history.push(one, "Add a")
    history.push(one.with_values("a", scale=(2, 2, 2)), "Scale a")
    assert history.labels == ("Add a", "Scale a")
    assert history.undo() == one
    assert (history.undo_label, history.redo_label) == ("Add a", "Scale a")
    history.push(one.with_values("a", shear=(1, 0, 0)), "Shear a")
    assert history.labels == ("Add a", "Shear a")
    assert history.redo_label is None


def test_an_edit_that_changes_nothing_is_no_step() -> None:
    history = History(Scene())
    history.push(Scene(), "Nothing")
    assert history.labels == ()


def test_a_drag_is_one_step() -> None:
    start = Scene(nodes=(Axis(id="a"), Light(id="l")))
    history = History(start)
    for x in range(1, 30):
        history.push(history.scene.with_values("a", translate=(x, 0, 0)), "Move a", "move a")
    assert history.labels == ("Move a",)
    history.push(history.scene.with_values("l", intensity=2), "Intensity", "intensity l")
    history.push(history.scene.with_values("l", intensity=3), "Intensity", "intensity l")
    history.end_merge()
    history.push(history.scene.with_values("l", intensity=4), "Intensity", "intensity l")
    assert history.labels == ("Move a", "Intensity", "Intensity")
    history.undo()
    history.push(history.scene.with_values("l", intensity=5), "Intensity", "intensity l")
    assert history.labels == ("Move a", "Intensity", "Intensity")
    for _ in range(3):
        history.undo()
    assert history.scene is start


def test_a_drag_that_ends_where_it_began_is_no_step() -> None:
    start = Scene(nodes=(Axis(id="Axis 1"),))
    history = History(start)
    moved = start.with_values("Axis 1", translate=(1.0, 0.0, 0.0))
    history.push(moved, "Move", "move")
    history.push(start, "Move", "move")
    history.end_merge()
    assert history.labels == () and history.undo_label is None
    history.push(moved, "Move", "move")
    history.push(moved.with_settings(fps=30.0), "Rate", "rate")
    history.push(moved, "Rate", "rate")
    turned = moved.with_values("Axis 1", rotate=(0.0, 9.0, 0.0))
    history.push(turned, "Turn", "turn")
    assert history.labels == ("Move", "Turn")
    assert history.undo() == moved and history.undo() == start and history.undo() == start
    assert history.redo() == moved and history.redo() == turned


def test_the_save_mark_is_found_again() -> None:
    history = History(Scene())
    assert history.is_saved
    history.push(Scene(name="a"), "Rename", "name")
    assert not history.is_saved
    history.mark_saved()
    assert history.is_saved
    history.push(Scene(name="ab"), "Rename", "name")
    assert not history.is_saved
    history.undo()
    assert history.is_saved
    history.undo()
    assert not history.is_saved


def test_the_oldest_steps_are_forgotten() -> None:
    history = History(Scene(), limit=3)
    for number in range(1, 6):
        history.push(Scene(name=str(number)), f"Name {number}")
    assert history.labels == ("Name 3", "Name 4", "Name 5")
    for _ in range(9):
        history.undo()
    assert history.scene == Scene(name="2")
