"""Tables on the page: numbers of a column aligned on the decimal point."""

import re

ROW = re.compile(r"<tr>.*?</tr>", re.S)
CELL = re.compile(r'(<td style="text-align:right">)(.*?)(</td>)', re.S)
NUMBER = re.compile(r"^((?:<strong>)?)([-−+]?[\d,]+)(\.\d+)?([^\d.].*)?$", re.S)


def aligned(html):
    """Return a rendered table whose right-aligned columns have their decimal points below each other.

    What follows the units of a number gets a box as wide as the widest such in its column.
    """
    body_start = html.find("<tbody>")
    head, body = html[: max(body_start, 0)], html[max(body_start, 0) :]
    rows = [CELL.findall(row) for row in ROW.findall(body)]
    if not rows or len({len(row) for row in rows}) > 1:
        return html
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]

    def align(row):
        cells = iter(widths)
        return CELL.sub(lambda cell: cell[1] + _boxed(cell[2], next(cells)) + cell[3], row[0])

    return head + ROW.sub(align, body)


def _width(cell):
    match = NUMBER.match(cell[1].strip())
    return len(match[3] or "") if match else 0


def _boxed(text, width):
    match = NUMBER.match(text.strip())
    if not width or not match or match[4] not in (None, "", "</strong>"):
        return text
    before, units, rest, after = (part or "" for part in match.groups())
    return f'{before}{units}<span class="decimals" style="width:{width - 0.5:.1f}ch">{rest}</span>{after}'
