"""The live source: how it stands, how fast it is, how old what is seen is; and choosing another."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.errors import RilievoError
from engine.media import live_input
from ui.session import Session
from ui.window import fields
from ui.window.levels import CONDITIONS
from ui.window.messages import Messages

TITLE = "Source"
_typed: dict[int, str] = {}


def draw(session: Session, messages: Messages) -> None:
    """The panel's content."""
    statistics = session.statistics
    state = statistics.source
    imgui.text_colored(imgui.ImVec4(*CONDITIONS[state.condition]), icons.ICON_FA_CIRCLE)
    imgui.same_line()
    imgui.text_wrapped(f"{session.source.wanted.name}: {state.condition.value}")
    if state.reason:
        imgui.text_wrapped(state.reason)
    picture = session.picture
    if fields.begin_table("source"):
        size = "–" if picture is None else f"{picture.size[0]} × {picture.size[1]}"
        for label, value, meaning in (
            ("Size", size, ""),
            ("Source", f"{statistics.capture.fps:.1f} / s", "Pictures that come, a second."),
            ("Shown", f"{statistics.shown_rate:.1f} / s", "Of them drawn, a second."),
            ("Picture age", _age(statistics.picture_age), "From capture to the last frame."),
            ("Depth age", _depth_age(session), "Of the picture that the depth is from."),
            ("Not shown", str(statistics.dropped), "A newer one came before they were drawn."),
            ("Reconnected", str(statistics.capture.reconnected), "How often it was back again."),
        ):
            fields.row(label, meaning)
            imgui.text(value)
        imgui.end_table()
    changed, delayed = imgui.checkbox("Delay picture to depth", session.delayed)
    imgui.set_item_tooltip(
        "Shows only pictures with the depth that was made of them, later and fewer of them"
    )
    if changed:
        session.delayed = delayed
    if session.delay_note:
        imgui.text_wrapped(session.delay_note)
    _another(session, messages)


def _another(session: Session, messages: Messages) -> None:
    """A field for another camera, stream or file."""
    key = id(session)
    imgui.set_next_item_width(-1)
    _, text = imgui.input_text_with_hint(
        "##another", "another: camera:0, rtsp://…, clip.mp4", _typed.get(key, "")
    )
    imgui.set_item_tooltip("Another source: a camera, a stream, a file, the screen; then Enter")
    _typed[key] = text
    if not imgui.is_item_deactivated_after_edit() or not text.strip():
        return
    del _typed[key]
    try:
        session.change_source(live_input(text, loop=session.source.wanted.loop))
    except RilievoError as error:
        messages.fail(str(error))


def _depth_age(session: Session) -> str:
    """How old the depth is; what is shown in its place where none is being made."""
    age = session.statistics.depth_age
    if not session.analysed:
        return "no analysis"
    return _age(age) if session.analyses.running or age is None else "paused"


def _age(seconds: float | None) -> str:
    return "–" if seconds is None else f"{1e3 * seconds:.0f} ms"
