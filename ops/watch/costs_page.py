"""Costs as one page that needs nothing else: a table, and bars drawn in it. Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

WIDTH, HIGH = 480, 22
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse}th,td{padding:.3rem .8rem;border-bottom:1px solid #767676;text-align:right}"
    "th:first-child,td:first-child{text-align:left}figure{margin:2rem 0}"
)
COLUMNS = {
    "jobs": "jobs",
    "pictures": "pictures",
    "failed_percent": "failed %",
    "fallback_percent": "fallback %",
    "cost_micros": "providers $",
    "lost_micros": "lost $",
    "aws_micros": "AWS $, about",
    "charged": "credits charged",
    "refunded": "credits back",
    "income_micros": "income $",
    "margin_micros": "kept $",
}


def page(title: str, groups: Mapping[str, Mapping[str, Any]], total: Mapping[str, Any]) -> str:
    """The page: every group with its sums, all of them together, and a bar for what each cost and brought in."""
    rows = [*((name, sums, "td") for name, sums in groups.items()), ("together", total, "th")]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("", *COLUMNS.values()))
    body = "".join(_row(name, sums, cell) for name, sums, cell in rows)
    charts = "".join(_chart(COLUMNS[field], field, groups) for field in ("cost_micros", "income_micros"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>'
        f"<h1>{escape(title)}</h1><table><caption>Sums of final jobs</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{charts}</main></body></html>\n"
    )


def shown(field: str, value: float) -> str:
    """A value of a column as people read it."""
    return f"{value / 1_000_000:.2f}" if field.endswith("_micros") else str(value)


def _row(name: str, sums: Mapping[str, Any], cell: str) -> str:
    cells = "".join(f"<{cell}>{escape(shown(field, sums[field]))}</{cell}>" for field in COLUMNS)
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'


def _chart(title: str, field: str, groups: Mapping[str, Mapping[str, Any]]) -> str:
    most = max((sums[field] for sums in groups.values()), default=0) or 1
    bars = "".join(_bar(at, name, sums[field], most) for at, (name, sums) in enumerate(groups.items()))
    high = HIGH * max(1, len(groups))
    described = escape("; ".join(f"{name} {shown(field, sums[field])}" for name, sums in groups.items()))
    drawn = f'<svg viewBox="0 0 {2 * WIDTH} {high}" role="img" aria-label="{described}">{bars}</svg>'
    return f"<figure><figcaption>{escape(title)}</figcaption>{drawn}</figure>"


def _bar(at: int, name: str, value: int, most: int) -> str:
    wide, top = max(0, value) * WIDTH // most, at * HIGH
    text = f'<text x="{wide + 6}" y="{top + 15}" font-size="13">{escape(name)} {value / 1_000_000:.2f}</text>'
    return f'<rect x="0" y="{top + 2}" width="{wide}" height="{HIGH - 6}" fill="#1f5fa8"/>{text}'


def csv_lines(groups: Sequence[tuple[str, Mapping[str, Any]]]) -> list[list[str]]:
    """Head and lines, with exact figures."""
    names = list(groups[0][1]) if groups else []
    return [["group", *names], *([name, *map(str, sums.values())] for name, sums in groups)]
