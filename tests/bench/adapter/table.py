"""The results for people: aligned text for a terminal, and Markdown for the docs."""

from collections.abc import Sequence

from tests.bench.adapter import reference
from tests.bench.adapter.peers import OURS, PEERS
from tests.bench.adapter.results import Results
from tests.bench.adapter.rows import Line, sections
from tests.bench.adapter.targets import NOTHING, compiled_ahead, shown, verdicts

Cells = list[str]


def cell(results: Results, line: Line, peer: str) -> str:
    """Return one cell: a figure, or that the peer does not do it."""
    return "no" if results.failure(line.title, peer) else shown(results.median(line, peer))


def earlier(line: Line) -> str:
    """Return the figure of the bridge that was measured once, and how many times null it was."""
    found = reference.FIGURES.get(line.key)
    return f"{shown(found.figure)} ({found.share:.2f})" if found else ""


def rows(results: Results, lines: Sequence[Line]) -> list[Cells]:
    """Return the lines that have a figure of anybody."""
    made = [
        [line.key, *(cell(results, line, peer) for peer in results.peers), earlier(line)]
        for line in lines
    ]
    return [cells for cells in made if any(each not in {NOTHING, ""} for each in cells[1:])]


def text(results: Results) -> str:
    """Return the whole report for a terminal."""
    head = ["", *results.peers, f"{reference.NAME} †"]
    body = [(title, rows(results, lines)) for title, lines in sections()]
    everything = [head, *(cells for _, part in body for cells in part)]
    widths = [max(len(cells[column]) for cells in everything) for column in range(len(head))]
    said = [_aligned(head, widths)]
    for title, part in body:
        said += ["", title, *(_aligned(cells, widths) for cells in part)]
    return "\n".join([*said, "", *footnotes(results), "", *_judged(results)])


def _aligned(cells: Cells, widths: Sequence[int]) -> str:
    first, *others = cells
    padded = [other.rjust(width) for other, width in zip(others, widths[1:], strict=True)]
    return "  ".join([first.ljust(widths[0]), *padded]).rstrip()


def _judged(results: Results) -> list[str]:
    if OURS not in results.peers:
        return ["targets: our bridge was not measured"]
    said = ["targets"]
    for verdict in verdicts(results):
        said.append(f"{'pass' if verdict.passed else 'FAIL'}  {verdict.wanted}: {verdict.found}")
    said += [f"ahead of us, compiled: {each}" for each in compiled_ahead(results)]
    return said


def footnotes(results: Results) -> list[str]:
    """Return what a reader has to know about the figures."""
    notes = [f"† {reference.MEASURED}; in brackets: how many times the figure of null in that run."]
    grouped: dict[tuple[str, str], list[str]] = {}
    for title, by_peer in results.failures.items():
        for peer, why in by_peer.items():
            grouped.setdefault((peer, why), []).append(title)
    return notes + [
        f"no: {peer}: {'; '.join(each)}: {why}" for (peer, why), each in grouped.items()
    ]


def markdown(results: Results) -> str:
    """Return the part of the docs that follows from the results."""
    peers = {peer.name: peer for peer in PEERS}
    look = " in a quick look" if results.quick else ""
    said = [f"Measured {results.date}{look} on {results.machine}; every figure is a median.", ""]
    said += [
        f"- `{name}` ({peers[name].language}): {peers[name].describes}" for name in results.peers
    ]
    for title, lines in sections():
        if part := rows(results, lines):
            head = [title, *(f"`{name}`" for name in results.peers), f"{reference.NAME} †"]
            said += ["", _bar(head), _bar(["---", *["--:"] * (len(head) - 1)])]
            said += [_bar(cells) for cells in part]
    said += ["", *(f"{note}  " for note in map(_escaped, footnotes(results)))]
    if OURS in results.peers:
        said += ["", _bar(["target", "found", ""]), _bar(["---"] * 3)]
        for verdict in verdicts(results):
            said.append(_bar([verdict.wanted, verdict.found, "✓" if verdict.passed else "✗"]))
        said += [
            "",
            *(f"- The compiled yardstick is ahead: {each}" for each in compiled_ahead(results)),
        ]
    return "\n".join(said).rstrip()


def _bar(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(note: str) -> str:
    return note.replace("<", "&lt;").replace("|", "\\|")
