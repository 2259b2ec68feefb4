"""The device: which adapter, what is said when there is none, caches and counts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.errors import DeviceError
from engine.gpu import Gpu, next_id, open_gpu
from engine.gpu.adapters import pick, provide_runtime_dir
from tests.support.create_counter import CreateCounter

ROOT = Path(__file__).parents[2]


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key != "XDG_RUNTIME_DIR"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=env | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def fake(device: str, kind: str, backend: str, description: str = "") -> Any:
    info = {
        "device": device,
        "vendor": "",
        "adapter_type": kind,
        "backend_type": backend,
        "description": description,
    }
    return SimpleNamespace(info=info)


LLVMPIPE = fake("llvmpipe (LLVM 15, 256 bits)", "CPU", "Vulkan", "Mesa 22.3.6 (LLVM 15.0.6)")
LLVMPIPE_GL = fake("llvmpipe (LLVM 15, 256 bits)", "CPU", "OpenGL", "4.5 Mesa")
INTEL = fake("Intel Arc", "IntegratedGPU", "Vulkan")
NVIDIA = fake("NVIDIA RTX", "DiscreteGPU", "Vulkan")
NVIDIA_GL = fake("NVIDIA RTX", "DiscreteGPU", "OpenGL")
UNKNOWN = fake("virtual", "Unknown", "Vulkan")


@pytest.mark.parametrize(
    ("adapters", "wanted", "best"),
    [
        ([LLVMPIPE_GL, LLVMPIPE], None, LLVMPIPE),
        ([LLVMPIPE, INTEL, NVIDIA_GL, NVIDIA], None, NVIDIA),
        ([LLVMPIPE, NVIDIA_GL, INTEL], None, INTEL),
        ([LLVMPIPE, UNKNOWN], None, UNKNOWN),
        ([UNKNOWN, INTEL], None, INTEL),
        ([LLVMPIPE, NVIDIA], "LLVM", LLVMPIPE),
        ([NVIDIA_GL, NVIDIA], "rtx", NVIDIA),
        ([LLVMPIPE_GL, LLVMPIPE], "mesa 22", LLVMPIPE),
    ],
)
def test_the_fastest_adapter_or_the_one_named(adapters: Any, wanted: str, best: Any) -> None:
    assert pick(adapters, wanted) is best


@pytest.mark.parametrize(
    ("adapters", "wanted"), [([LLVMPIPE_GL], None), ([NVIDIA, NVIDIA_GL], "opengl")]
)
def test_opengl_alone_is_refused_in_one_sentence(adapters: Any, wanted: str | None) -> None:
    with pytest.raises(DeviceError, match=r"OpenGL.* cannot draw depth: install a Vulkan driver"):
        pick(adapters, wanted)


def test_a_name_that_fits_none_lists_those_there_are() -> None:
    with pytest.raises(DeviceError) as caught:
        pick([LLVMPIPE, NVIDIA], "radeon")
    assert str(caught.value) == (
        "No graphics adapter is called 'radeon'; there are: "
        "llvmpipe (LLVM 15, 256 bits), Vulkan, Mesa 22.3.6; NVIDIA RTX, Vulkan."
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="hides the drivers of Linux")
def test_without_a_driver_one_sentence_says_what_to_install() -> None:
    nowhere = "/nonexistent"
    code = (
        "from engine.gpu import open_gpu\nfrom engine.errors import DeviceError\n"
        "try:\n    open_gpu()\nexcept DeviceError as error:\n    print(error)"
    )
    hidden = dict.fromkeys(
        (
            "VK_DRIVER_FILES",
            "VK_ICD_FILENAMES",
            "__EGL_VENDOR_LIBRARY_FILENAMES",
            "LIBGL_DRIVERS_PATH",
        ),
        nowhere,
    )
    done = python(code, **hidden)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "No graphics adapter was found: install a Vulkan driver, for example "
        "`apt install mesa-vulkan-drivers` on Debian and Ubuntu.\n"
    )


def test_the_environment_chooses_the_adapter(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RILIEVO_ADAPTER", "no such adapter")
    with pytest.raises(DeviceError, match=r"'no such adapter'; there are: .*"):
        open_gpu()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG is of Linux")
def test_opening_is_quiet(gpu: Gpu) -> None:
    done = python("from engine.gpu import open_gpu; g = open_gpu(); g.wait(); g.close()")
    assert (done.returncode, done.stdout) == (0, "")
    assert "XDG_RUNTIME_DIR" not in done.stderr
    assert "LOST" not in done.stderr.upper()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG is of Linux")
def test_a_runtime_folder_that_others_can_read_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    folder = tmp_path / f"rilievo-runtime-{os.getuid()}"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    provide_runtime_dir()
    assert "XDG_RUNTIME_DIR" not in os.environ
    folder.chmod(0o700)
    provide_runtime_dir()
    assert os.environ["XDG_RUNTIME_DIR"] == str(folder)


def test_what_a_device_says_of_itself(gpu: Gpu) -> None:
    assert gpu.adapter.info["backend_type"] in gpu.summary
    assert gpu.max_texture >= 8192
    assert gpu.timestamps == ("timestamp-query" in gpu.features)
    assert gpu.float32_filterable == ("float32-filterable" in gpu.features)
    assert ("no pass timings" in gpu.summary) == (not gpu.timestamps)
    for name in ("max-buffer-size", "max-storage-buffer-binding-size"):
        assert gpu.limits[name] == gpu.adapter.limits[name]


def test_ids_are_never_used_again() -> None:
    ids = [next_id() for _ in range(1000)]
    assert ids == sorted(set(ids))


def test_views_are_made_once_and_tell_layers_apart(gpu: Gpu) -> None:
    texture = gpu.texture("r32float", (8, 4), "TEXTURE_BINDING", layers=3)
    assert gpu.view(texture) is gpu.view(texture)
    assert gpu.view(texture, layer=1) is gpu.view(texture, layer=1)
    views = {gpu.view(texture), *(gpu.view(texture, layer=i) for i in range(3))}
    assert len(views) == 4
    assert gpu.view(texture, layer=1) is not gpu.view(texture, layer=1, array=True)
    gpu.drop(texture)


LAYOUT = [{"binding": 0, "visibility": 4, "texture": {"sample_type": "unfilterable-float"}}]


def test_bind_groups_are_made_once_and_go_with_their_resources(gpu: Gpu) -> None:
    layout = gpu.device.create_bind_group_layout(entries=LAYOUT)
    textures = [gpu.texture("r32float", (4, 4), "TEXTURE_BINDING") for _ in range(2)]
    first = gpu.bind_group(layout, {0: gpu.view(textures[0])})
    with CreateCounter(gpu.device, "the same again") as created:
        assert gpu.bind_group(layout, {0: gpu.view(textures[0])}) is first
    created.assert_nothing_made()
    assert gpu.bind_group(layout, {0: gpu.view(textures[1])}) is not first
    before = gpu.object_counts()
    del first
    gpu.drop(textures.pop(0))
    after = gpu.object_counts()
    gone = {name: before[name] - after[name] for name in before if before[name] != after[name]}
    assert gone == {"BindGroup": 1, "Texture": 1, "TextureView": 1}
    gpu.drop(textures.pop())
    assert not any(key[0] == layout.uid for key in gpu._bind_groups)
    assert layout.uid not in gpu._users


def test_bind_groups_of_one_buffer_differ_by_place(gpu: Gpu) -> None:
    layout = gpu.device.create_bind_group_layout(
        entries=[{"binding": 0, "visibility": 4, "buffer": {"type": "uniform"}}]
    )
    buffer = gpu.buffer(1024, "UNIFORM")
    places = [{"buffer": buffer, "offset": offset, "size": 256} for offset in (0, 256)]
    groups = {gpu.bind_group(layout, {0: place}) for place in (*places, *places, buffer)}
    assert len(groups) == 3
    gpu.drop(buffer)
    assert layout.uid not in gpu._users


def test_samplers_are_made_once(gpu: Gpu) -> None:
    samplers = gpu.samplers
    _ = samplers.nearest, samplers.linear, samplers.shadow, samplers.get("linear", "repeat")
    with CreateCounter(gpu.device, "samplers asked for again") as created:
        assert samplers.linear is samplers.get("linear")
        assert samplers.nearest is samplers.get("nearest", "clamp-to-edge")
        assert samplers.shadow is samplers.shadow
        samplers.get("linear", "repeat")
    created.assert_nothing_made()


def test_upload_of_the_wrong_size_names_the_texture(gpu: Gpu) -> None:
    texture = gpu.texture("r32float", (8, 4), "COPY_DST", label="depth map")
    with pytest.raises(AssertionError, match=r"'depth map' is 8x4, data is \(8, 4\)"):
        gpu.write_texture(texture, np.zeros((8, 4), np.float32))
    gpu.drop(texture)


def test_a_closed_device_leaves_nothing_behind(gpu: Gpu) -> None:
    before = gpu.object_counts()
    other = open_gpu()
    texture = other.texture("r32float", (4, 4), "TEXTURE_BINDING")
    layout = other.device.create_bind_group_layout(entries=LAYOUT)
    other.bind_group(layout, {0: other.view(texture)})
    assert other.samplers.linear is not None
    other.close()
    other.close()
    del other, texture, layout
    assert gpu.object_counts() == before
