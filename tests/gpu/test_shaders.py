"""The shader library joins files once each and tells where an error is."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.gpu import Gpu, ShaderLibrary, UniformBlock
from tests.support.create_counter import CreateCounter

MAIN = "@compute @workgroup_size(1) fn main() { let x = value(); }\n"


class Folder:
    """A folder of shader files made for one test."""

    def __init__(self, path: Path, gpu: Gpu) -> None:
        self.path = path / "wgsl"
        self.path.mkdir()
        self.library = ShaderLibrary(gpu.device, self.path)

    def write(self, **files: str) -> ShaderLibrary:
        for name, text in files.items():
            (self.path / f"{name}.wgsl").write_text(text, encoding="utf-8")
        return self.library


@pytest.fixture
def folder(tmp_path: Path, gpu: Gpu) -> Folder:
    return Folder(tmp_path, gpu)


def test_a_diamond_of_requirements_joins_each_file_once(folder: Folder) -> None:
    library = folder.write(
        base="fn base() -> f32 { return 1.0; }\n",
        left="// requires: base\nfn left() -> f32 { return base(); }\n",
        right="// requires: base\nfn right() -> f32 { return base(); }\n",
        top="// What it is.\n// requires: left, right\n\nfn value() -> f32 { return left() + "
        "right(); }\n" + MAIN,
    )
    source = library.source("top")
    places = [source.index(f"fn {name}(") for name in ("base", "left", "right", "value")]
    assert places == sorted(places)
    assert source.count("fn base(") == 1
    library.module("top")


def test_headers_end_with_the_comments_that_open_a_file(folder: Folder) -> None:
    library = folder.write(
        a="fn value() -> f32 { return 1.0; }\n// requires: missing\n" + MAIN,
    )
    library.module("a")


def test_uniform_structs_come_before_their_file_and_once(folder: Folder) -> None:
    library = folder.write(
        shared="// uniforms: Camera\nfn near(c: Camera) -> f32 { return c.near; }\n",
        top="// requires: shared\n// uniforms: Camera, Light\n"
        "@group(0) @binding(0) var<uniform> camera: Camera;\n"
        "@group(0) @binding(1) var<uniform> light: Light;\n"
        "fn value() -> f32 { return near(camera) + light.power; }\n" + MAIN,
    )
    library.register(
        UniformBlock("Camera", {"near": "f32"}), UniformBlock("Light", {"power": "f32"})
    )
    source = library.source("top")
    assert source.count("struct Camera") == source.count("struct Light") == 1
    assert source.index("struct Camera") < source.index("fn near")
    library.module("top")


def test_modules_are_compiled_once(folder: Folder, gpu: Gpu) -> None:
    library = folder.write(a="fn value() -> f32 { return 1.0; }\n" + MAIN)
    with CreateCounter(gpu.device) as created:
        assert library.module("a") is library.module("a")
    assert created.counts["create_shader_module"] == 1


def test_directives_of_required_files_come_first(folder: Folder) -> None:
    library = folder.write(
        a="fn one() -> f32 { return 1.0; }\n",
        b="diagnostic(off, derivative_uniformity);\n// requires: nothing, this is no header\n"
        "fn value() -> f32 { return 1.0; }\n",
        top="// requires: a, b\n" + MAIN,
    )
    assert library.source("top").startswith("diagnostic(off")
    library.module("top")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": "// requires: lights\n" + MAIN}, r"no shader lights\.wgsl in wgsl/ \(required by a"),
        ({"a": "// uniforms: Camera\n" + MAIN}, r"a\.wgsl asks for uniform block Camera"),
        ({"a": "// requires: b\n", "b": "// requires: a\n"}, "require each other: a → b → a"),
        ({"a": "// requires: a\n"}, "require each other: a → a"),
    ],
)
def test_what_is_missing_is_named(folder: Folder, files: dict[str, str], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        folder.write(**files).source("a")


def test_a_missing_shader_is_named(folder: Folder) -> None:
    with pytest.raises(AssertionError, match=r"no shader beauty\.wgsl in wgsl/$"):
        folder.library.module("beauty")


@pytest.mark.parametrize(
    "mistake",
    ["let y: u32 = 1.5;", "let y = no_such_name;", "let = 3;", "return 1u;"],
)
def test_an_error_names_line_and_column_of_its_own_file(
    folder: Folder, mistake: str, logged_errors: list[str]
) -> None:
    library = folder.write(
        first="// one\n// two\nfn one() -> f32 { return 1.0; }\n",
        second="// requires: first\n\n"
        f"fn value() -> f32 {{\n    {mistake}\n    return one();\n}}\n",
        top="// uniforms: Camera\n// requires: second\n" + MAIN,
    )
    library.register(UniformBlock("Camera", {"near": "f32"}))
    with pytest.raises(AssertionError) as caught:
        library.module("top")
    logged_errors.clear()  # naga logs some faults besides reporting them
    message = str(caught.value)
    first = message.splitlines()[0]
    # naga gives some faults the place of the whole function: line 3 instead of line 4.
    assert first.startswith(("second.wgsl:4: ", "second.wgsl:3: ")), message
    assert "error" in first
    assert "┌─ second.wgsl:" in message
    line = first.split(":")[1]
    assert f"\n{line} │" in message


def test_an_error_in_an_inserted_struct_names_the_block(folder: Folder) -> None:
    library = folder.write(top="// uniforms: Camera\nfn value() -> f32 { return 1.0; }\n" + MAIN)
    library.register(UniformBlock("Camera", {"near": "f32", "override": "f32"}))
    with pytest.raises(AssertionError, match=r"^uniform block Camera:3: "):
        library.module("top")


def test_a_block_registers_twice_only_if_it_is_the_same(folder: Folder) -> None:
    folder.library.register(UniformBlock("Camera", {"near": "f32"}))
    folder.library.register(UniformBlock("Camera", {"near": "f32"}))
    with pytest.raises(AssertionError, match="Camera is registered twice"):
        folder.library.register(UniformBlock("Camera", {"near": "u32"}))


def test_the_library_reads_the_project_folder(gpu: Gpu) -> None:
    import wgsl

    assert wgsl.__file__ is not None
    assert gpu.shaders._folder == Path(wgsl.__file__).parent
