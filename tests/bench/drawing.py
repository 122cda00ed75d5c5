"""Draws a curve over the number of modules as SVG, both axes logarithmic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 150, 40, 50


class Line(NamedTuple):
    """One line of the drawing: positive values, one for each number of modules."""

    name: str
    color: str
    values: Sequence[float]


def draw(title: str, counts: Sequence[int], lines: Sequence[Line], unit: str) -> str:
    """The SVG. ``counts`` are the numbers of modules, in order."""
    values = [value for line in lines for value in line.values]
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    high = max(high, low + 1)
    end = max(1.0, log10(counts[-1]))

    def x(count: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * log10(count) / end

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (log10(value) - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, TOP - 16, title, "start", 14),
        *(_text(x(count), HEIGHT - BOTTOM + 18, str(count), "middle") for count in counts),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "modules", "middle"),
    ]
    for power in range(low, high + 1):
        at = y(10.0**power)
        parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 6, at + 4, f"{10.0**power:g} {unit}", "end"))
    for line in lines:
        parts += _line(line, [(x(count), y(value)) for count, value in zip(counts, line.values, strict=True)])
    return "\n".join([*parts, "</svg>", ""])


def _line(line: Line, places: Sequence[tuple[float, float]]) -> Iterable[str]:
    path = " ".join(f"{across:.1f},{down:.1f}" for across, down in places)
    yield f'<polyline points="{path}" fill="none" stroke="{line.color}" stroke-width="2"/>'
    for across, down in places:
        yield f'<circle cx="{across:.1f}" cy="{down:.1f}" r="3" fill="{line.color}"/>'
    across, down = places[-1]
    yield _text(across + 8, down + 4, f"{line.name}: {line.values[-1]:.2g}", "start", color=line.color)


def _text(across: float, down: float, text: str, anchor: str, size: int = 12, color: str = "#333") -> str:
    return (
        f'<text x="{across:.1f}" y="{down:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{color}">'
        f"{escape(text)}</text>"
    )
