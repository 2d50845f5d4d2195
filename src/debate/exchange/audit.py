"""How good the judges are, as a table and as a picture.

Computes nothing.
"""

from collections.abc import Iterator
from html import escape

from debate.exchange.text import plain
from debate.scoring.audit import JudgeAudit, PanelAudit, Shift

_HEADS = ("judge", "read", "retest", "critic first", "padded", "digits", "at random", "drift")
_LEFT, _STEP, _COLUMN, _BAR = 390, 30, 130, 100
"""Pixels: of the names, a row, a column, and of the longest bar in it."""
_SHIFT_MOST = 0.25
"""Shift, in [0, 1], that fills half a column of the picture."""


def render_audit(audit: PanelAudit) -> str:
    """Return the audit as a table, with what its columns mean below.

    Args:
        audit: What the probes say.
    """
    rows = [_HEADS, *(_cells(one) for one in audit.judges)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join((*lines, "", *_notes(audit)))


def _cells(one: JudgeAudit) -> tuple[str, ...]:
    garbage, drift = one.garbage, one.drift
    silenced = ", loses its vote" if garbage and garbage.silenced else ""
    alarm = " ALARM" if drift and drift.alarm else ""
    return (
        plain(one.judge),
        str(one.readings),
        _number(one.retest),
        _shift(one.lean),
        _shift(one.padding),
        _number(one.digit_mass),
        f"moves {garbage.moved:.3f}{silenced}" if garbage else "–",
        f"{drift.shift:+.3f} ({drift.standard_errors:+.1f} se){alarm}" if drift else "–",
    )


def _notes(audit: PanelAudit) -> Iterator[str]:
    agreed = audit.agreement
    yield f"{audit.hypotheses} debates, {audit.calls} calls, {audit.cost_usd:.2f} USD"
    if agreed:
        yield (
            f"shared: {agreed.shared:.2f} of a judge's variance over hypotheses is shown by the"
            f" others too; if all of that were error, {agreed.judges} judges are worth"
            f" {agreed.votes:.1f} votes"
        )
    yield "retest: correlation of the same calls made twice. critic first, padded: by how much the"
    yield "rating in [0, 1] rises, ± its standard error, if the critic's case is read first or the"
    yield "proposer's claims are padded with empty words. digits: probability that a rating's token"
    yield "was a digit. at random: how far scores move if this judge answers at random. drift: what"
    yield "it adds to a middling score now, against when it was placed on the scale."


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _shift(shift: Shift | None) -> str:
    return "–" if shift is None else f"{shift.mean:+.3f} ± {shift.standard_error:.3f}"


def draw_audit(audit: PanelAudit) -> str:
    """Return the audit as an SVG picture: a row a judge, a column a probe.

    Args:
        audit: What the probes say.
    """
    most = f"-{_SHIFT_MOST} to {_SHIFT_MOST}"
    titles = {"retest": "0 to 1", "digits": "0 to 1", "critic first": most, "padded": most}
    width, height = _LEFT + _COLUMN * len(titles), _STEP * (len(audit.judges) + 3)
    style = 'role="img" font-family="sans-serif" font-size="12" fill="#333"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {style}>',
        "<title>How good the judges are</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    foot = height - _STEP
    for number, (title, span) in enumerate(titles.items()):
        x = _LEFT + _COLUMN * number
        parts += [_text(x, _STEP, title), _text(x, foot, span)]
    if audit.agreement:
        parts.append(_text(8, foot, f"shared variance {audit.agreement.shared:.2f}"))
    for number, one in enumerate(audit.judges):
        y = _STEP * (number + 2)
        parts.append(_text(8, y, plain(one.judge)))
        for place, value in enumerate((one.retest, one.digit_mass)):
            parts += _bar(_LEFT + _COLUMN * place, y, value)
        for place, shift in enumerate((one.lean, one.padding), start=2):
            parts += _mark(_LEFT + _COLUMN * place + _BAR / 2, y, shift)
    return "\n".join((*parts, "</svg>", ""))


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _bar(x: float, y: float, value: float | None) -> Iterator[str]:
    """Yield a bar from 0 to 1; nothing but a dash where there is no number."""
    if value is None:
        yield _text(x, y, "–")
        return
    yield f'<rect x="{x}" y="{y - 11}" width="{_BAR}" height="12" fill="#eee"/>'
    yield (
        f'<rect x="{x}" y="{y - 11}" width="{_BAR * max(value, 0):.1f}" height="12"'
        f' fill="#4c78a8"><title>{value:.2f}</title></rect>'
    )


def _mark(middle: float, y: float, shift: Shift | None) -> Iterator[str]:
    """Yield a point with two standard errors to either side, about a line that is no shift."""
    if shift is None:
        yield _text(middle - _BAR / 2, y, "–")
        return

    def at(value: float) -> float:
        return middle + _BAR / 2 * max(-1.0, min(1.0, value / _SHIFT_MOST))

    low, high = (shift.mean + sign * 2 * shift.standard_error for sign in (-1, 1))
    yield f'<path d="M{middle:.1f} {y - 14}v18" stroke="#bbb"/>'
    yield f'<path d="M{at(low):.1f} {y - 5}H{at(high):.1f}" stroke="#4c78a8" stroke-width="2"/>'
    yield (
        f'<circle cx="{at(shift.mean):.1f}" cy="{y - 5}" r="4" fill="#4c78a8">'
        f"<title>{escape(_shift(shift))}</title></circle>"
    )
