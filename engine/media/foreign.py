"""Files that hold a picture, but in a form that is not read: what they are, and what to do."""

from __future__ import annotations

import os

from engine.errors import MediaError

_HEAD = 512  # bytes of a file that are looked at

_CONVERT = "save it as EXR, TIFF or PNG first"
_NUMBERS = "save the array as a picture of floats first, such as EXR or TIFF"
_LIST = "which names other files and is not followed: give one of the films that it lists"
_FLAT = "save a flat picture of it first, such as EXR or PNG"
_MESH = "which is no picture: it is read as the mesh of a geometry"

# How a file begins (at which byte), what it is, what to do.
_BEGINNINGS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\x93NUMPY", "a NumPy array (.npy)", _NUMBERS),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file of numbers", _NUMBERS),
    (0, b"MATLAB 5.0 MAT", "a MATLAB file of numbers", _NUMBERS),
    (0, b"CDF\x01", "a NetCDF file of numbers", _NUMBERS),
    (0, b"CDF\x02", "a NetCDF file of numbers", _NUMBERS),
    (128, b"DICM", "a DICOM picture", _CONVERT),
    (0, b"BPG\xfb", "a BPG picture", _CONVERT),
    (0, b"FLIF", "a FLIF picture", _CONVERT),
    (0, b"qoif", "a QOI picture", _CONVERT),
    (0, b"II\xbc", "a JPEG XR picture", _CONVERT),
    (0, b"\xabKTX ", "a KTX texture", _CONVERT),
    (0, b"\x13\xab\xa1\x5c", "an ASTC texture", _CONVERT),
    (0, b"gimp xcf", "a GIMP document (XCF)", _FLAT),
    (0, b"%PDF", "a PDF", _FLAT),
    (0, b"%!PS", "a PostScript file", _FLAT),
    (0, b"BLENDER", "a Blender scene", "render its picture and its depth to EXR first"),
    (0, b"FUJIFILMCCD-RAW", "a camera raw file", "develop it to TIFF or EXR first"),
    (0, b"IIRO", "a camera raw file", "develop it to TIFF or EXR first"),
    (0, b"IIRS", "a camera raw file", "develop it to TIFF or EXR first"),
    (0, b"IIU\x00", "a camera raw file", "develop it to TIFF or EXR first"),
    (0, b"FOVb", "a camera raw file", "develop it to TIFF or EXR first"),
    (0, b"glTF", "a glTF mesh", _MESH),
    (0, b"ply\n", "a PLY mesh or point cloud", _MESH),
    (0, b"ply\r\n", "a PLY mesh or point cloud", _MESH),
    (0, b"ffconcat version", "a list of films (ffconcat)", _LIST),
    (0, b"#EXTM3U", "a playlist (HLS, M3U)", _LIST),
    (0, b"[playlist]", "a playlist", _LIST),
    (0, b"[Reference]", "a list of films (ASF reference)", _LIST),
    (0, b"v=0\n", "a description of a stream (SDP)", _LIST),
    (0, b"v=0\r\n", "a description of a stream (SDP)", _LIST),
)

# Words near the beginning of an XML file.
_XML: tuple[tuple[bytes, str, str], ...] = (
    (b"<mpd", "a playlist (DASH)", _LIST),
    (b"<smoothstreamingmedia", "a playlist (Smooth Streaming)", _LIST),
    (b"<compositionplaylist", "a list of films (IMF)", _LIST),
    (b"<smil", "a list of films (SMIL)", _LIST),
    (b"<asx", "a list of films (ASX)", _LIST),
    (b"<playlist", "a playlist", _LIST),
    (b"<manifest", "a playlist", _LIST),
    (b"<svg", "an SVG drawing", _FLAT),
)

# Brands of ISO files (the four letters behind "ftyp") that hold stills.
_BRANDS: dict[bytes, tuple[str, str]] = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc"), ("a HEIC picture", _CONVERT)),
    **dict.fromkeys((b"mif1", b"msf1", b"mif2"), ("a HEIF picture", _CONVERT)),
    **dict.fromkeys((b"avif", b"avis"), ("an AVIF picture", _CONVERT)),
    b"crx ": ("a camera raw file", "develop it to TIFF or EXR first"),
}

_GENERAL = (b"mif1", b"msf1", b"mif2")

_JPEG_LOOK = 64 * 2**20
_JPEG_DEPTH = (  # words in a JPEG, and what they are signs of
    (b"ns.google.com/photos/1.0/depthmap", "a depth map within (GDepth)"),
    (b"ns.google.com/photos/dd/1.0", "a depth map within (Dynamic Depth)"),
    (b"DualShot_DepthMap", "a depth map within (Samsung)"),
    (b"apdi:AuxiliaryImageType", "a depth picture within (Apple)"),
    (b"kCGImageAuxiliaryDataTypeD", "a depth picture within (Apple)"),
    (b"aux:disparity", "a depth picture within (Apple)"),
    (b"aux:depth", "a depth picture within (Apple)"),
)

_RAW_ENDINGS = frozenset(
    {".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".k25"}
    | {".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2"}
    | {".rwl", ".sr2", ".srf", ".srw", ".x3f"}
)


def check_known(path: str) -> None:
    """Raises MediaError, with what the file is and what to do, for what is known to be no picture
    or film that is read. Says nothing of files that are not there."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return
    found = _named(path, head)
    if found is not None:
        what, advice = found
        joint = ", " if advice.startswith("which") else ", which is not read: "
        raise MediaError(f"{path} is {what}{joint}{advice}.")


def depth_within(path: str) -> str | None:
    """The sentence for a JPEG that carries further pictures, such as its depth, which are not read;
    None for others. Those for a brighter screen (gain maps) and previews are not worth one."""
    with open(path, "rb") as file:
        if file.read(3) != b"\xff\xd8\xff":
            return None
        file.seek(0)
        content = file.read(_JPEG_LOOK)
    kind = next((what for word, what in _JPEG_DEPTH if word in content), None)
    if kind is None and b"MPF\x00" in content[:65536] and content.count(b"\xff\xd8\xff") > 1:
        gain = any(word in content for word in (b"hdrgm", b"HDRGainMap", b"hdrgainmap"))
        kind = None if gain else "a further picture within (MPF), such as its depth"
    if kind is None:
        return None
    return (
        f"{path} has {kind}, which is not read: take it out with exiftool, say, and give the file"
        " to --z."
    )


def _named(path: str, head: bytes) -> tuple[str, str] | None:
    """What it is, and what to do."""
    for at, beginning, what, advice in _BEGINNINGS:
        if head[at : at + len(beginning)] == beginning:
            return what, advice
    if head[4:8] == b"ftyp":
        if head[8:12] not in _BRANDS:
            return None
        # A picture may call itself by a general brand, and name its codec among the others.
        end = min(int.from_bytes(head[:4]), len(head)) - 3
        brands = [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]
        said = [brand for brand in brands if brand in _BRANDS]
        return _BRANDS[next((brand for brand in said if brand not in _GENERAL), said[0])]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_zip(path)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        text = head.lower()
        return next(((what, advice) for word, what, advice in _XML if word in text), None)
    if head[:2] in (b"II", b"MM") and os.path.splitext(path)[1].lower() in _RAW_ENDINGS:
        return "a camera raw file", "develop it to TIFF or EXR first"
    return None


def _of_zip(path: str) -> tuple[str, str]:
    if path.lower().endswith(".npz"):
        return "an archive of NumPy arrays (.npz)", _NUMBERS
    if path.lower().endswith((".kra", ".ora")):
        return "a layered document of a paint program", _FLAT
    return "a ZIP archive", "unpack it and give what is in it"
