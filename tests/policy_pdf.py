"""A PDF with a text layer, set here line by line: a policy text in a font that every reader of PDF knows."""

from __future__ import annotations

#: Characters of a line, and lines of a page: A4 with margins of 72 points, 12 points a character.
_LINE, _LINES = 37, 30


def policy_pdf(text: str, *, turn: int = 0, crop: int = 0) -> bytes:
    """`text` as a PDF: a paragraph a line of it, its first line indented by two characters. With `turn` the page is drawn on
    its side and turned back by so many degrees, `crop` cuts so many points off each side."""
    pages: list[list[str]] = [[]]
    for paragraph in filter(None, text.split("\n")):
        indented = "\u3000\u3000" + paragraph
        for at in range(0, len(indented), _LINE):
            if len(pages[-1]) == _LINES:
                pages.append([])
            pages[-1].append(indented[at : at + _LINE])
    count = len(pages)
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(count))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {count}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts[4 0 R]>>",
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/DW 1000>>",
    ]
    for number, lines in enumerate(pages):
        width, height = (595, 842) if turn in (0, 180) else (842, 595)
        box = f"/MediaBox[0 0 {width} {height}]/CropBox[{crop} {crop} {width - crop} {height - crop}]/Rotate {turn}"
        objects.append(f"<</Type/Page/Parent 2 0 R{box}/Resources<</Font<</F 3 0 R>>>>/Contents {6 + 2 * number} 0 R>>")
        shown = "".join(f"BT /F 12 Tf {_matrix(turn, 72, 760 - 22 * k)} Tm <{line.encode('utf-16-be').hex()}> Tj ET\n" for k, line in enumerate(lines))
        objects.append(f"<</Length {len(shown)}>>\nstream\n{shown}endstream")
    out, offsets = b"%PDF-1.5\n", []
    for n, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{n} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    tail = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF"
    return out + tail.encode()


def _matrix(turn: int, x: int, y: int) -> str:
    """Where text is drawn so that it stands upright at x, y once the page is turned."""
    if turn == 90:
        return f"0 1 -1 0 {842 - y} {x}"
    if turn == 180:
        return f"-1 0 0 -1 {595 - x} {842 - y}"
    return f"0 -1 1 0 {y} {595 - x}" if turn == 270 else f"1 0 0 1 {x} {y}"
