"""The results as bars, in plain SVG that follows the light or dark mode of whoever looks."""

from collections.abc import Sequence
from html import escape

from tests.bench.adapter import rows
from tests.bench.adapter.peers import OURS
from tests.bench.adapter.results import Results
from tests.bench.adapter.rows import Line
from tests.bench.adapter.targets import shown

WIDTH, LEFT, RIGHT = 760, 150, 90
BAR, GAP, HEAD = 18, 6, 44
PANELS = (
    (
        Line(rows.CORE_MODERN.title, "rate"),
        "Calls per second on one core, 2026-07-28, 16 connections",
    ),
    (Line(rows.CORE_SESSIONS.title, "rate"), "Calls per second on one core, 16 legacy sessions"),
    (Line(rows.ONE.title, "added"), "Added latency, p50 in milliseconds: less is better"),
    (rows.WARM, "New legacy session, milliseconds: less is better"),
    (rows.LAST, "Memory of the bridge after load, MiB: less is better"),
)
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.bar { fill: #8c959f }
.ours { fill: #0969da }
.line { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .bar { fill: #6e7681 } .ours { fill: #4493f8 } .line { stroke: #30363d }
}
"""


def svg(results: Results) -> str:
    """Return the picture."""
    parts: list[str] = []
    top = 8
    for line, title in PANELS:
        figures = [
            (peer, figure)
            for peer in results.peers
            if (figure := results.median(line, peer)) is not None
        ]
        if figures:
            parts += _panel(title, figures, top)
            top += HEAD + len(figures) * (BAR + GAP)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" '
        f'width="{WIDTH}" height="{top}" role="img">'
    )
    label = "<title>How fast bridges from stdio to HTTP are</title>"
    return "\n".join([opening, label, f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


def _panel(title: str, figures: Sequence[tuple[str, float]], top: int) -> list[str]:
    greatest = max(max(figure for _, figure in figures), 1e-9)
    bottom = top + 28 + len(figures) * (BAR + GAP)
    made = [
        f'<text class="title" x="8" y="{top + 16}">{escape(title)}</text>',
        f'<line class="line" x1="{LEFT}" y1="{top + 24}" x2="{LEFT}" y2="{bottom}"/>',
    ]
    for number, (peer, figure) in enumerate(figures):
        made += _bar(peer, figure, figure / greatest, top + 28 + number * (BAR + GAP))
    return made


def _bar(peer: str, figure: float, share: float, y: int) -> list[str]:
    length = max(round(share * (WIDTH - LEFT - RIGHT)), 1)
    kind = "bar ours" if peer == OURS else "bar"
    return [
        f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(peer)}</text>',
        f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{length}" height="{BAR}" rx="2"/>',
        f'<text x="{LEFT + length + 6}" y="{y + 14}">{shown(figure)}</text>',
    ]
