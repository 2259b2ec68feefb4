"""Where nodes stand in the Schematic: in order, kept, and never on top of each other."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.scene import Axis, Camera, Light, Scene
from ui.window.kept_places import KeptPlaces
from ui.window.schematic_layout import ACROSS, DOWN, SNUG, Place, placed, tidy


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


def apart(places: dict[str, Place]) -> bool:
    return all(
        abs(a[0] - b[0]) >= SNUG[0] or abs(a[1] - b[1]) >= SNUG[1]
        for a, b in combinations(places.values(), 2)
    )


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
