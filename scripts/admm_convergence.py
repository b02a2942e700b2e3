"""Puts the tables of scripts/admm-convergence together and draws them."""

import csv
import sys
from pathlib import Path

METHODS = [
    ("extragradient", "ADMM, extragradient", "#1f6fb2"),
    ("plain", "ADMM, plain gradient", "#c2571a"),
    ("straight-through", "straight-through", "#4a8f3c"),
]
WIDTH, HEIGHT, LEFT, TOP, GAP = 360, 240, 56, 34, 74


def panel(tables, column, title, left):
    """One plot of a column over gradients, as SVG elements."""
    points = {
        name: [(int(row["gradients"]), float(row[column])) for row in rows if row[column]]
        for name, rows in tables.items()
    }
    values = [y for found in points.values() for _, y in found]
    last = max(x for found in points.values() for x, _ in found)
    low, high = min(values), max(values)
    span = (high - low) or 1

    def place(x, y):
        return left + x / last * WIDTH, TOP + (high - y) / span * HEIGHT

    parts = [
        f'<text x="{left}" y="{TOP - 14}">{title}</text>',
        f'<path d="M{left} {TOP}v{HEIGHT}h{WIDTH}" fill="none" stroke="#888"/>',
        f'<text x="{left + WIDTH}" y="{TOP + HEIGHT + 18}" text-anchor="end">{last} gradients</text>',
        f'<text x="{left}" y="{TOP + HEIGHT + 18}">0</text>',
    ]
    for value in (low, (low + high) / 2, high):
        y = place(0, value)[1] + 4
        parts.append(f'<text x="{left - 6}" y="{y:.1f}" text-anchor="end">{value:.3g}</text>')
    for name, _, colour in METHODS:
        path = " ".join("%.1f,%.1f" % place(x, y) for x, y in points[name])
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return parts


def main():
    folder = Path(sys.argv[1])
    tables = {}
    for name, _, _ in METHODS:
        with open(folder / f"{name}.csv", newline="") as file:
            tables[name] = list(csv.DictReader(file))
    fields = ["step", "gradients", "loss", "low_bit_loss"]
    with open(folder / "convergence.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["method"] + fields)
        for name, rows in tables.items():
            for row in rows:
                short = [row[field] and f"{float(row[field]):.4g}" for field in fields[2:]]
                writer.writerow([name, row["step"], row["gradients"]] + short)
    right = LEFT + WIDTH + GAP
    parts = panel(tables, "loss", "loss of the weights that learn, on mini-batches", LEFT)
    parts += panel(tables, "low_bit_loss", "loss of the low-bit network, on images that stay", right)
    for place, (_, label, colour) in enumerate(METHODS):
        x, y = LEFT + 200 * place, TOP + HEIGHT + 44
        parts.append(f'<path d="M{x} {y - 4}h24" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{x + 30}" y="{y}">{label}</text>')
    width, height = right + WIDTH + 20, TOP + HEIGHT + 60
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
    (folder / "convergence.svg").write_text(svg)
    print(f"{folder}/convergence.csv\n{folder}/convergence.svg")


main()
