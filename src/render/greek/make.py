"""Makes greek.ttf: the small Greek letters of KaTeX_Math-Italic at the height of those of Ubuntu Light.

    pip install fonttools
    python src/render/greek/make.py ~/.cargo/registry/src/*/ratex-katex-fonts-*/fonts/KaTeX_Math-Italic.ttf src/render/greek/greek.ttf
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

LETTERS = [*range(0x3B1, 0x3CA), 0x3D1, 0x3D5, 0x3F1, 0x3F5]
# By so much the letters are enlarged.
SCALE = 1.12
# Those of Ubuntu Light, so that lines keep their height: above the baseline, below it, between lines (em).
ASCENT, DESCENT, GAP = 0.932, -0.189, 0.028

font = TTFont(sys.argv[1])
options = subset.Options()
options.hinting = False
options.name_IDs = ["*"]
options.notdef_outline = False
options.layout_features = []
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=LETTERS)
subsetter.subset(font)

em = round(font["head"].unitsPerEm / SCALE)
font["head"].unitsPerEm = em
ascent, descent, gap = (round(part * em) for part in (ASCENT, DESCENT, GAP))
font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap = ascent, descent, gap
os2 = font["OS/2"]
os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ascent, descent, gap
os2.usWinAscent, os2.usWinDescent = ascent, -descent
for record in font["name"].names:
    if record.nameID in (1, 3, 4, 6, 16):
        record.string = "WFRLabGreek" if record.nameID == 6 else "WFR Lab Greek"
# The same file from the same source, whenever it is made.
font["head"].created = font["head"].modified = 0
font.recalcTimestamp = False
font.save(sys.argv[2])
