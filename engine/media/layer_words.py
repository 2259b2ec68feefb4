"""The one table of layer names: what renderers and compositors call what they write, and what the
numbers of a depth layer mean where that is known. Names are without signs and in lower case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


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


NORMALIZED = "depthnormalized"
"""Rilievo's own name for depth as a share of near to far, without signs and in lower case."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOTHING_KNOWN = Convention()
UNREAL = Convention(DepthKind.PLANAR, "Unreal", 0.01)
BLENDER = Convention(DepthKind.PLANAR, "Blender", 1.0)
_UNITS = {0.01: "centimetres", 0.001: "millimetres"}

# Depth by its name. Names that several programs use for different numbers say nothing of them.
DEPTH_LAYERS: dict[str, Convention] = {
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
    **dict.fromkeys(("worlddepth", "scenedepthworldunits"), UNREAL),
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
FILTERED_WORDS = ("antialiased", "averaged", "filtered", "smoothed", "aa")
UNFILTERED_WORDS = (
    "unfiltered",
    "nofilter",
    "noaa",
    "closest",
    "raw",
    "32bit",
    "32f",
    "float",
    "exr",
)
SCALES = {
    "centimetres": 0.01, "centimeters": 0.01, "cm": 0.01, "millimetres": 0.001,
    "millimeters": 0.001, "mm": 0.001, "metres": 1.0, "meters": 1.0, "m": 1.0,
}  # fmt: skip

# Other layers, and how many channels such a layer may have.
_ANY = (1, 2, 3, 4)
OTHER_LAYERS: tuple[tuple[Role, tuple[int, ...], frozenset[str]], ...] = (
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
PICTURES = (
    "combined", "finalimage", "rgba", "rgb", "c", "ci", "beauty", "rgbcolor", "color", "colour",
)  # fmt: skip
"""The surest names of a picture, the surest first; others come after them."""

LIGHTS = (Role.LIGHT, Role.ALBEDO, Role.OCCLUSION, Role.MATTE)
NO_PICTURE = 99
"""The rank of what is no picture, also where there is no other: see `picture_rank`."""

# What renderers put before a name without a sign between; longer ones first.
VENDORS = (
    "finalimagemovierenderqueue", "movierenderqueue", "cgeometry", "cessential", "cmasking",
    "cshading", "finalimage", "redshift", "maxwell", "octane", "corona", "arnold", "mantra",
    "karma", "vray", "rpr", "prman", "aov", "pxr", "rs",
)  # fmt: skip
# Words before depth that make it the depth of something else.
NOT_OF_THE_CAMERA = _words(
    "shadow light lights fog sss water volume deep scatter thickness back bounce "
    "bounces ray trace bit color colour peak tile"
)
# What a Z of their own belongs to ("pos_z").
VECTORS = frozenset({"x", "y"}).union(
    *(
        words
        for role, _, words in OTHER_LAYERS
        if role in (Role.NORMALS, Role.POSITION, Role.UV, Role.FORWARD, Role.BACKWARD)
    )
)
# Renderers that write distances along the ray, and how what they say in headers begins.
ALONG_RAY = (("V-Ray", "vrayinfo/"), ("V-Ray", "v-ray"), ("Karma", "husk"), ("Karma", "karma"))
COLOURS = frozenset("RGBAY")
WHOLE_PICTURES = re.compile(r"layer|view|cam|scene|shot|left|right|default|pass|bg|fg")
SIGNS = re.compile(r"[^A-Za-z0-9]+")
