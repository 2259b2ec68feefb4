"""What OpenImageIO says, where a damaged file makes it say something that is no text.

It hands texts over as UTF-8, and raises where a header's bytes are none.
"""

from __future__ import annotations

import OpenImageIO


def take_error(file: OpenImageIO.ImageInput | OpenImageIO.ImageOutput | None = None) -> str:
    """The last error of a file, or of none that was opened; empty: no error. It is told once."""
    try:
        return file.geterror() if file is not None else OpenImageIO.geterror()
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", "backslashreplace")


def text_of(spec: OpenImageIO.ImageSpec, name: str) -> str:
    """An attribute of a header that is text; empty where it has none, or one that is no text."""
    try:
        return spec.get_string_attribute(name)
    except UnicodeDecodeError:
        return ""
