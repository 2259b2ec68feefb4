"""The one table of layer names: what renderers and compositors call what they write, and what the
numbers of a depth layer mean where that is known.

Names are compared without signs and case, by what is after their last dot ("ViewLayer.Depth"), with
or without what a renderer puts before ("VRayZDepth", "CGeometry_ZDepth").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache


class Role(StrEnum):
    """What a layer is for, in words that end the sentence "it is …"."""

    PICTURE = "the picture"
    DEPTH = "depth"
    NORMALS = "normals"
    POSITION = "positions"
    UV = "texture coordinates"
    FORWARD = "motion to the next frame"
    BACKWARD = "motion to the frame before"
    ALBEDO = "colour without light"
    AVERAGED_DEPTH = "anti-aliased depth, whose edges are no depth"
    CONFIDENCE = "how sure depth is"
    OBJECT_ID = "object numbers"
    CRYPTOMATTE = "Cryptomatte"
    OCCLUSION = "ambient occlusion"
    MATTE = "a matte"
    LIGHT = "a part of the light"
    OTHER = "something else"


class DepthKind(StrEnum):
    """What the numbers of a depth layer are, in words that end the sentence "it holds …"."""

    UNKNOWN = "depth"
    PLANAR = "distances along the view axis"
    CAMERA = "camera-space depth, which is negative"
    RAY = "distances along the ray"
    INVERSE = "inverse depth, 1/Z"
    NORMALIZED = "normalized depth"


@dataclass(frozen=True, slots=True)
class Convention:
    """What is known of a depth layer.

    writer: the program that writes it so, empty where several do. scale: scene units (metres) for
    one of its own, None where nobody knows. filtered: its edges are averages of near and far.
    inverted: of NORMALIZED, whether white is near; None where nobody knows.
    """

    kind: DepthKind = DepthKind.UNKNOWN
    writer: str = ""
    scale: float | None = None
    filtered: bool = False
    inverted: bool | None = None

    @property
    def unit(self) -> str:
        """What its numbers are in, such as " in centimetres"; empty for scene units."""
        name = _UNITS.get(self.scale or 1.0, "")
        return f" in {name}" if name else ""

    def sentence(self, layer: str) -> str:
        """What is known of a layer of this name, for a person; empty where nothing is."""
        if self.kind is DepthKind.UNKNOWN and self.scale is None:
            return ""
        by = f", as {self.writer} writes them" if self.writer else ""
        text = f"{layer} holds {self.kind.value}{self.unit}{by}"
        if self.kind is DepthKind.RAY:
            text += ": Depth Range Ray makes them distances along the view axis"
        return text


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says. depth: of depth layers, what is known of their numbers."""

    role: Role
    depth: Convention | None = None


NORMALIZED = "depthnormalized"
"""Rilievo's own name for depth as a share of near to far, without signs and in lower case."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOTHING_KNOWN = Convention()
_UNREAL = Convention(DepthKind.PLANAR, "Unreal", 0.01)
_BLENDER = Convention(DepthKind.PLANAR, "Blender", 1.0)
_UNITS = {0.01: "centimetres", 0.001: "millimetres"}

# Depth by its name. Names that several programs use for different numbers say nothing of them.
_DEPTHS: dict[str, Convention] = {
    **dict.fromkeys(
        _words(
            "depth z zdepth depthz zbuffer zbuf depthbuffer depthmap depthpass zpass "
            "depthchannel zchannel cameradepth camdepth depthcamera cameraz camz zcam pcamz "
            "eyedepth viewdepth viewz lineardepth depthlinear linearz linearzdepth depthraw "
            "rawdepth distance cameradistance distancefromcamera depthworld "
            "zworld scenedepth metricdepth absolutedepth depthabsolute zabs depthabs "
            "cgeometryzdepth geometrydepth"
        ),
        NOTHING_KNOWN,
    ),
    NORMALIZED: Convention(DepthKind.NORMALIZED, inverted=False),
    **dict.fromkeys(
        _words(
            "normalizeddepth normaliseddepth depthnormalised znormalized znormalised "
            "depthnorm znorm depth01 depthremapped zremapped"
        ),
        Convention(DepthKind.NORMALIZED),
    ),
    **dict.fromkeys(("worlddepth", "scenedepthworldunits"), _UNREAL),
    "vrayzdepth": Convention(DepthKind.RAY, "V-Ray"),
    "hitpz": Convention(DepthKind.RAY, "Karma"),
    "rayhitpz": Convention(DepthKind.RAY, "Karma"),
    "pz": Convention(DepthKind.PLANAR, "Mantra"),
    "distancetocamera": Convention(DepthKind.RAY, "Omniverse", 1.0),
    "distancetoimageplane": Convention(DepthKind.PLANAR, "Omniverse", 1.0),
    **dict.fromkeys(
        _words(
            "raylength raydistance hitdistance hitdist rayt euclideandepth euclideandistance "
            "depthray depthalongray"
        ),
        Convention(DepthKind.RAY),
    ),
    **dict.fromkeys(
        _words("disparity inversedepth invdepth depthinverse depthinv inversez invz oneoverz"),
        Convention(DepthKind.INVERSE),
    ),
    "planardepth": Convention(DepthKind.PLANAR),
    "depthplanar": Convention(DepthKind.PLANAR),
    "mrdepth": Convention(DepthKind.CAMERA, "mental ray"),
}

# What is put behind the name of depth.
_FILTERED = ("antialiased", "averaged", "filtered", "smoothed", "aa")
_UNFILTERED = ("unfiltered", "nofilter", "noaa", "closest", "raw", "32bit", "32f", "float", "exr")
_SCALES = {
    "centimetres": 0.01, "centimeters": 0.01, "cm": 0.01, "millimetres": 0.001,
    "millimeters": 0.001, "mm": 0.001, "metres": 1.0, "meters": 1.0, "m": 1.0,
}  # fmt: skip

# Other layers, and how many channels such a layer may have.
_ANY = (1, 2, 3, 4)
_WORDS: tuple[tuple[Role, tuple[int, ...], frozenset[str]], ...] = (
    (
        Role.NORMALS,
        (3,),
        _words(
            "n normal normals worldnormal worldnormals nworld normalworld normalsworld nn "
            "shadingnormal shadingnormals normalsshading geometricnormal geometricnormals "
            "normalsgeometry smoothnormal bumpnormal bumpnormals normalspass cameranormal "
            "cameranormals camnormal viewnormal denoisingnormal"
        ),
    ),
    (
        Role.POSITION,
        (3,),
        _words(
            "p pos position positions worldposition worldpositions pworld worldpos "
            "positionworld worldpoint pointworld pointposition"
        ),
    ),
    (
        Role.UV,
        (2, 3),
        _words("uv uvs st texcoord texcoords texturecoordinates uvcoords uvw uvwcoords"),
    ),
    (
        Role.FORWARD,
        (2, 3),
        _words(
            "forward motion motionvector motionvectors velocity vector vectors mv motionvec "
            "forwardvectors"
        ),
    ),
    (Role.BACKWARD, (2, 3), frozenset({"backward", "backwards", "backwardvectors"})),
    (
        Role.ALBEDO,
        (3, 4),
        _words(
            "albedo diffcol diffusecolor diffusecolour diffusealbedo basecolor basecolour "
            "diffusefilter denoisingalbedo"
        ),
    ),
    (Role.CONFIDENCE, (1,), frozenset({"depthconfidence", "confidence"})),
    (Role.OBJECT_ID, (1,), frozenset({"objectid", "indexob", "objectindex", "id"})),
    (
        Role.OCCLUSION,
        _ANY,
        _words("ao ambientocclusion occlusion occ ambocc occlusionambient"),
    ),
    (
        Role.MATTE,
        (3, 4),
        _words(
            "mask masks matte mattes multimatte multimatteelement puzzlematte holdout alpha "
            "objectid objectids objectidmask materialid matid mtlid renderid nodeid id ids "
            "objectmask materialmask wirecolor wirecolour coverage facingratio fresnel "
            "samplerate samplerinfo indexob indexma heatmap"
        ),
    ),
    (
        Role.LIGHT,
        (3, 4),
        _words(
            "diffuse specular reflection reflections refraction refractions gi emission "
            "emissive emit sss subsurface transmission background environment env shadow "
            "shadows lighting rawlighting globalillumination rawglobalillumination direct "
            "indirect selfillumination caustics atmosphere volume shadowcatcher "
            "denoisingshadow diffdir diffind glossdir glossind glosscol transdir transind "
            "transcol volumedir volumeind diffusedirect diffuseindirect speculardirect "
            "specularindirect coat sheen rawreflection rawrefraction rawshadow rawdiffuse "
            "glossy lightselect translucency postprocessing bloom glare noise variance"
        ),
    ),
    (
        Role.PICTURE,
        (3, 4),
        _words(
            "rgba rgb c ci combined beauty finalimage color colour main master primary image "
            "bty comp composite output rgbcolor rgbcolour final render rendered picture "
            "diffuserender effectsresult denoised denoisedbeauty beautydenoised noisyimage "
            "pathtracer finalimagepathtracer lit"
        ),
    ),
)
_PICTURES = (
    "combined", "finalimage", "rgba", "rgb", "c", "ci", "beauty", "rgbcolor", "color", "colour",
)  # fmt: skip
"""The surest names of a picture, the surest first; others come after them."""

_LIGHTS = (Role.LIGHT, Role.ALBEDO, Role.OCCLUSION, Role.MATTE)
NO_PICTURE = 99
"""The rank of what is no picture, also where there is no other: see `picture_rank`."""

# What renderers put before a name without a sign between; longer ones first.
_BEFORE = (
    "finalimagemovierenderqueue", "movierenderqueue", "cgeometry", "cessential", "cmasking",
    "cshading", "finalimage", "redshift", "maxwell", "octane", "corona", "arnold", "mantra",
    "karma", "vray", "rpr", "prman", "aov", "pxr", "rs",
)  # fmt: skip
# Words before depth that make it the depth of something else.
_NOT_OF_THE_CAMERA = _words(
    "shadow light lights fog sss water volume deep scatter thickness back bounce "
    "bounces ray trace bit color colour peak tile"
)
# What a Z of their own belongs to ("pos_z").
_VECTORS = frozenset({"x", "y"}).union(
    *(
        words
        for role, _, words in _WORDS
        if role in (Role.NORMALS, Role.POSITION, Role.UV, Role.FORWARD, Role.BACKWARD)
    )
)
_COLOURS = frozenset("RGBAY")
_WHOLE_PICTURES = re.compile(r"layer|view|cam|scene|shot|left|right|default|pass|bg|fg")
_SIGNS = re.compile(r"[^A-Za-z0-9]+")


def named(part: str, prefix: str, channels: tuple[str, ...]) -> Named:
    """What channels are whose names begin with this prefix; the part's name counts for those that
    have none. channels: whole names."""
    count = len(channels)
    if prefix:
        found = _of_name(prefix, count)
        lone = channels[0].rpartition(".")[2] if count == 1 else ""
        if found.role is Role.OTHER and lone and _may_have_depth(prefix, lone):
            found = _depth_only(lone)
        blender = prefix.endswith(".Depth") and lone in ("Z", "V")
        return replace(found, depth=_BLENDER) if blender and found.depth else found
    colours = all(channel.upper() in _COLOURS for channel in channels)
    found = Named(Role.OTHER) if colours else _of_name("".join(channels), count)
    return found if found.role is not Role.OTHER or not part else _of_name(part, count)


def is_depth(part: str, channel: str) -> bool:
    """Whether a channel is called as depth is (averaged as well), by its layer, itself or the
    part."""
    prefix = channel.rpartition(".")[0]
    return named(part, prefix, (channel,)).depth is not None


def picture_rank(part: str, prefix: str, channels: tuple[str, ...]) -> int:
    """How likely colours are the picture of a file: the least most. Those without a layer, in a
    part that is called nothing else, before all; what no picture is, last."""
    own = prefix or part
    if not own:
        return 0
    role = _of_name(own, len(channels)).role
    whole = _SIGNS.sub("", own.rpartition(".")[2]).lower()
    if role is Role.PICTURE:
        place = _PICTURES.index(whole) if whole in _PICTURES else len(_PICTURES)
        return 1 + place + (20 if prefix else 0)
    if role is Role.OTHER:
        return 50 if prefix else 20
    return 60 + _LIGHTS.index(role) if role in _LIGHTS else NO_PICTURE


def _of_name(name: str, count: int) -> Named:
    """What one name says of so many channels."""
    return _looked_up(name.rpartition(".")[2], count)


@cache
def _looked_up(name: str, count: int) -> Named:
    if "crypto" in name.lower():
        return Named(Role.CRYPTOMATTE)
    if count != 2:
        depth = _depth(name)
        if depth is not None:
            return Named(Role.AVERAGED_DEPTH if depth.filtered else Role.DEPTH, depth)
    for word in _candidates(name):
        for role, counts, words in _WORDS:
            if count in counts and word in words:
                return Named(role)
    return Named(Role.OTHER)


def _depth_only(component: str) -> Named:
    found = _looked_up(component, 1)
    return found if found.depth is not None else Named(Role.OTHER)


def _may_have_depth(prefix: str, component: str) -> bool:
    """Whether a channel called as depth may be that of its layer's picture: the Z of a beauty or a
    view layer is, but neither that of normals, nor that of a layer of one number (`Mist.Z`)."""
    roles = {_of_name(prefix, count).role for count in (2, 3, 4)}
    if roles <= {Role.OTHER}:
        last = prefix.rpartition(".")[2].lower()
        return component.lower() != "z" or _WHOLE_PICTURES.search(last) is not None
    return roles <= {Role.OTHER, Role.PICTURE}


def _depth(name: str) -> Convention | None:
    """What is known of a depth layer of this name; None where it is called otherwise."""
    tokens = [token for token in _SIGNS.split(name) if token]
    for start in range(len(tokens)):
        before = {token.lower() for token in tokens[:start]}
        if before & (_NOT_OF_THE_CAMERA | _VECTORS):
            return None
        for word in _without_vendor("".join(tokens[start:]).lower()):
            found = _depth_word(word)
            if found is not None:
                unreal = found is NOTHING_KNOWN and name.lower().startswith("finalimage")
                return _UNREAL if unreal else found
    return None


def _depth_word(word: str) -> Convention | None:
    if word in _DEPTHS:
        return _DEPTHS[word]
    bare = word.rstrip("0123456789")
    if bare in _DEPTHS:
        return _DEPTHS[bare]
    for ending in _UNFILTERED:
        if word.endswith(ending) and (found := _DEPTHS.get(word.removesuffix(ending))):
            return found
    for ending in _FILTERED:
        stem = word.removesuffix(ending) if word.endswith(ending) else word.removeprefix(ending)
        if stem != word and (found := _DEPTHS.get(stem)):
            return replace(found, filtered=True)
    for ending, scale in _SCALES.items():
        if word.endswith(ending) and (found := _DEPTHS.get(word.removesuffix(ending))):
            return replace(found, scale=scale)
    return None


def _candidates(name: str) -> Iterator[str]:
    """A name without signs and case, and what is left of it without what stands before or behind:
    of "CGeometry_WorldPosition" also "worldposition"."""
    tokens = [token for token in _SIGNS.split(name) if token]
    for start in range(len(tokens)):
        for word in _without_vendor("".join(tokens[start:]).lower()):
            yield word
            if bare := word.rstrip("0123456789"):
                yield bare
    if len(tokens) > 1 and len(tokens[0]) > 2:
        yield tokens[0].lower()


def _without_vendor(word: str) -> Iterator[str]:
    yield word
    for before in _BEFORE:
        if word.startswith(before) and len(word) > len(before):
            yield word.removeprefix(before)
