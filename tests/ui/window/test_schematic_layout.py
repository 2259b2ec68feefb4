"""Where nodes stand in the Schematic: in order, kept, and never on top of each other."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.scene import Axis, Camera, Light, Scene
from ui.window.kept_places import KeptPlaces
from ui.window.schematic_layout import (
    ACROSS,
    DOWN,
    HEIGHT,
    NODE,
    PLAIN,
    Place,
    Sizes,
    curve,
    placed,
    rooms,
    tidy,
)
from ui.window.schematic_nodes import short


@st.composite
def families(draw: st.DrawFn) -> Scene:
    """Axes, each carried by one that was made before it, in any order."""
    count = draw(st.integers(0, 12))
    nodes = [
        Axis(
            id=f"Axis {i}",
            parent=draw(st.sampled_from([None, *(f"Axis {j}" for j in range(i))])),
        )
        for i in range(count)
    ]
    return Scene(nodes=tuple(draw(st.permutations(nodes))))


def apart(places: dict[str, Place], sizes: Sizes = PLAIN) -> bool:
    return not any(sizes.touch(a, places[a], b, places[b]) for a, b in combinations(places, 2))


def hidden(scene: Scene, places: dict[str, Place], sizes: Sizes) -> list[tuple[str, str]]:
    """Whose link runs behind which other node."""
    found = []
    for node in scene.nodes:
        if node.parent is None:
            continue
        (x, y), (left, top) = places[node.parent], places[node.id]
        half = HEIGHT / 2
        points = curve((x + sizes.width(node.parent) - 14, y + half), (left + 14, top + half))
        t = np.linspace(0.0, 1.0, 50)[:, None]
        weights = np.hstack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3])
        along = weights @ np.array(points)
        for name, (a, b) in places.items():
            inside = (along >= (a, b)) & (along <= (a + sizes.width(name), b + HEIGHT))
            if name not in (node.id, node.parent) and inside.all(1).any():
                found.append((node.id, name))
    return found


@settings(max_examples=40)
@given(families())
def test_tidy_puts_children_to_the_right_of_their_parents(scene: Scene) -> None:
    places = tidy(scene)
    assert places.keys() == {node.id for node in scene.nodes}
    assert apart(places)
    for node in scene.nodes:
        if node.parent is None:
            continue
        assert places[node.id][0] > places[node.parent][0]
        rows = [places[child.id][1] for child in scene.children(node.parent)]
        assert min(rows) <= places[node.parent][1] <= max(rows)


@settings(max_examples=40)
@given(families(), st.data())
def test_new_nodes_take_no_place_from_others(scene: Scene, data: st.DataObject) -> None:
    there = {
        node.id: place for node in scene.nodes if (place := tidy(scene)[node.id]) and
        data.draw(st.booleans())
    }  # fmt: skip
    places = placed(scene, there)
    assert places.keys() == {node.id for node in scene.nodes}
    assert all(places[name] == place for name, place in there.items())
    assert apart(places)


@settings(max_examples=25)
@given(families(), st.data())
def test_nodes_as_wide_as_their_names_keep_links_in_sight(
    scene: Scene, data: st.DataObject
) -> None:
    wide = st.integers(0, 420)
    sizes = Sizes({node.id: data.draw(wide) for node in scene.nodes})
    places = tidy(scene, sizes=sizes)
    assert apart(places, sizes)
    assert hidden(scene, places, sizes) == []
    # In order, no name is cut.
    assert rooms(places, sizes) == {node.id: sizes.width(node.id) for node in scene.nodes}
    there = {name: place for name, place in places.items() if data.draw(st.booleans())}
    assert apart(placed(scene, there, sizes=sizes), sizes)


def test_a_name_is_cut_only_where_another_node_is_in_the_way() -> None:
    sizes = Sizes({"long": 400.0, "short": 20.0, "below": 390.0})
    beside = {"long": (0.0, 0.0), "short": (300.0, 20.0), "below": (0.0, 200.0)}
    assert rooms(beside, sizes) == {"long": 270.0, "short": NODE, "below": 390.0}
    assert rooms({**beside, "short": (100.0, 0.0)}, sizes)["long"] == NODE
    assert rooms({**beside, "short": (300.0, DOWN)}, sizes)["long"] == 400.0
    assert rooms({**beside, "short": (-300.0, 0.0)}, sizes)["long"] == 400.0


def test_nodes_grow_with_the_text() -> None:
    scene = Scene(nodes=(Axis(id="A"), Camera(id="B", parent="A"), Light(id="C", parent="A")))
    once, twice = (tidy(scene, sizes=Sizes(scale=scale)) for scale in (1.0, 2.0))
    assert {name: (2 * x, 2 * y) for name, (x, y) in once.items()} == twice


def test_as_much_of_a_name_is_shown_as_there_is_room_for() -> None:
    name = "plate_v012_linear"
    assert short(name, 17.0, len) == name
    assert short(name, 16.0, len) == "plate_v012_line…"
    assert [short(name, room, len) for room in (2.0, 1.0, 0.0)] == ["p…", "…", "…"]
    assert short("", 0.0, len) == ""


def test_nodes_are_packed_into_the_shape_of_the_panel() -> None:
    scene = Scene(nodes=tuple(Axis(id=str(n)) for n in range(24)))
    for width, height in ((600.0, 200.0), (250.0, 800.0)):
        places = tidy(scene, (width, height)).values()
        across, down = (max(place[i] for place in places) for i in (0, 1))
        assert 0.5 < (across + ACROSS) / (down + DOWN) / (width / height) < 2.0


def test_a_new_node_stands_beside_its_parent_or_below_all() -> None:
    scene = Scene(nodes=(Axis(id="A"), Camera(id="B", parent="A"), Light(id="C")))
    places = placed(scene, {"A": (50.0, 500.0)})
    assert places["B"][0] > 50.0 and places["B"][1] == 500.0
    assert places["C"] == (50.0, max(places["A"][1], places["B"][1]) + DOWN)


def test_a_long_chain_is_no_trouble() -> None:
    chain = [Axis(id="0"), *(Axis(id=str(n), parent=str(n - 1)) for n in range(1, 3000))]
    assert tidy(Scene(nodes=tuple(chain)))["2999"][1] == 0.0


def test_places_are_kept_for_each_document(tmp_path: Path) -> None:
    folder, document = tmp_path / "state", tmp_path / "shot.rilievo"
    places = {"Axis 1": (1.5, -20.0), "Größe": (0.0, 0.0)}
    kept = KeptPlaces(document, folder)
    assert kept.read() == {}
    kept.write(places)
    assert KeptPlaces(document, folder).read() == places
    assert KeptPlaces(tmp_path / "other.rilievo", folder).read() == {}
    (file,) = folder.iterdir()
    for damage in ("", "[1]", '{"Axis 1": 3}'):
        file.write_text(damage, encoding="utf-8")
        assert KeptPlaces(document, folder).read() == {}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    kept = KeptPlaces(tmp_path / "shot.rilievo", tmp_path / "state")
    kept.write({"Axis 1": (0.0, 0.0)})
    assert "Schematic" in kept.problem
    nowhere = KeptPlaces(None, tmp_path / "state")
    nowhere.write({"Axis 1": (0.0, 0.0)})
    assert nowhere.read() == {} and not nowhere.problem
