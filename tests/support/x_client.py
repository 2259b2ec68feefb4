"""A small X client for what xdotool cannot do: dropping files on a window, and playing the part of
the window manager that minimises one. Xlib by ctypes; XDND version 5, as file managers speak it
(freedesktop.org, "Drag-and-Drop Protocol for the X Window System")."""

from __future__ import annotations

import ctypes
import time
from ctypes import POINTER, Structure, Union, byref, c_char_p, c_int, c_long, c_ulong, c_void_p
from pathlib import Path
from types import TracebackType

X = ctypes.CDLL("libX11.so.6")
X.XOpenDisplay.restype = c_void_p
X.XOpenDisplay.argtypes = [c_char_p]
X.XDefaultRootWindow.restype = c_ulong
X.XDefaultRootWindow.argtypes = [c_void_p]
X.XInternAtom.restype = c_ulong
X.XInternAtom.argtypes = [c_void_p, c_char_p, c_int]
X.XCreateSimpleWindow.restype = c_ulong
X.XCreateSimpleWindow.argtypes = [c_void_p, c_ulong, c_int, c_int, *[c_int] * 3, c_ulong, c_ulong]
X.XSetSelectionOwner.argtypes = [c_void_p, c_ulong, c_ulong, c_ulong]
X.XSendEvent.argtypes = [c_void_p, c_ulong, c_int, c_long, c_void_p]
X.XChangeProperty.argtypes = [
    c_void_p, c_ulong, c_ulong, c_ulong, c_int, c_int, c_void_p, c_int,
]  # fmt: skip
for name in ("XPending", "XFlush", "XCloseDisplay"):
    getattr(X, name).argtypes = [c_void_p]
X.XNextEvent.argtypes = [c_void_p, c_void_p]
for name in ("XUnmapWindow", "XMapWindow"):
    getattr(X, name).argtypes = [c_void_p, c_ulong]

SELECTION_REQUEST, SELECTION_NOTIFY, CLIENT_MESSAGE = 30, 31, 33
NORMAL, ICONIC = 1, 3  # of WM_STATE
PATIENCE = 20.0


class ClientMessage(Structure):
    _fields_ = [
        ("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p),
        ("window", c_ulong), ("message", c_ulong), ("format", c_int), ("data", c_long * 5),
    ]  # fmt: skip


class SelectionRequest(Structure):
    _fields_ = [
        ("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p),
        ("owner", c_ulong), ("requestor", c_ulong), ("selection", c_ulong), ("target", c_ulong),
        ("property", c_ulong), ("time", c_ulong),
    ]  # fmt: skip


class SelectionNotify(Structure):
    _fields_ = [
        ("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p),
        ("requestor", c_ulong), ("selection", c_ulong), ("target", c_ulong),
        ("property", c_ulong), ("time", c_ulong),
    ]  # fmt: skip


class Event(Union):
    _fields_ = [
        ("type", c_int), ("client", ClientMessage), ("request", SelectionRequest),
        ("notify", SelectionNotify), ("room", c_long * 24),
    ]  # fmt: skip


class XClient:
    """A connection to a display."""

    def __init__(self, display: str) -> None:
        self._display = X.XOpenDisplay(display.encode())
        assert self._display, f"no display {display}"
        self._root = X.XDefaultRootWindow(self._display)

    def __enter__(self) -> XClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        X.XCloseDisplay(self._display)

    def drop(self, window: int, place: tuple[int, int], paths: list[Path]) -> None:
        """Drop files on a window, at a place of the screen; returns once they were taken."""
        source = X.XCreateSimpleWindow(self._display, self._root, 0, 0, 1, 1, 0, 0, 0)
        selection, kind = self._atom("XdndSelection"), self._atom("text/uri-list")
        X.XSetSelectionOwner(self._display, selection, source, 0)
        self._say(window, "XdndEnter", source, 5 << 24, kind, 0, 0)
        where = place[0] << 16 | place[1]
        self._say(window, "XdndPosition", source, 0, where, 0, self._atom("XdndActionCopy"))
        status = self._answer("XdndStatus")
        assert status.data[1] & 1, "the window does not take files"
        self._say(window, "XdndDrop", source, 0, 0, 0, 0)
        self._hand_over("".join(f"{path.as_uri()}\r\n" for path in paths).encode())
        self._answer("XdndFinished")

    def minimise(self, window: int) -> None:
        """Do as a window manager does when a window becomes an icon."""
        self._state(window, ICONIC)
        X.XUnmapWindow(self._display, window)
        X.XFlush(self._display)

    def restore(self, window: int) -> None:
        """And when it becomes a window again."""
        X.XMapWindow(self._display, window)
        self._state(window, NORMAL)
        X.XFlush(self._display)

    def close(self, window: int) -> None:
        """Ask a window to close, as its cross does."""
        self._say(window, "WM_PROTOCOLS", self._atom("WM_DELETE_WINDOW"), 0, 0, 0, 0)

    def _state(self, window: int, state: int) -> None:
        atom = self._atom("WM_STATE")
        X.XChangeProperty(
            self._display, window, atom, atom, 32, 0, byref((c_long * 2)(state, 0)), 2
        )

    def _atom(self, name: str) -> int:
        return X.XInternAtom(self._display, name.encode(), 0)

    def _say(self, window: int, message: str, *data: int) -> None:
        event = Event()
        event.client = ClientMessage(
            CLIENT_MESSAGE, 0, 1, self._display, window, self._atom(message), 32,
            (c_long * 5)(*data),
        )  # fmt: skip
        X.XSendEvent(self._display, window, 0, 0, byref(event))
        X.XFlush(self._display)

    def _next(self, wanted: int, what: str) -> Event:
        end = time.monotonic() + PATIENCE
        event = Event()
        while time.monotonic() < end:
            if not X.XPending(self._display):
                time.sleep(0.01)
                continue
            X.XNextEvent(self._display, byref(event))
            if event.type == wanted:
                return event
        raise AssertionError(f"the window never sent {what}")

    def _answer(self, message: str) -> ClientMessage:
        while True:
            event = self._next(CLIENT_MESSAGE, message)
            if event.client.message == self._atom(message):
                return event.client

    def _hand_over(self, data: bytes) -> None:
        """Give what was dropped to the window that asks for it."""
        request = self._next(SELECTION_REQUEST, "a request for what was dropped").request
        X.XChangeProperty(
            self._display, request.requestor, request.property, request.target, 8, 0,
            ctypes.cast(c_char_p(data), POINTER(ctypes.c_char)), len(data),
        )  # fmt: skip
        event = Event()
        event.notify = SelectionNotify(
            SELECTION_NOTIFY, 0, 1, self._display, request.requestor, request.selection,
            request.target, request.property, request.time,
        )  # fmt: skip
        X.XSendEvent(self._display, request.requestor, 0, 0, byref(event))
        X.XFlush(self._display)
