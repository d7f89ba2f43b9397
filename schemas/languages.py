"""Which languages there are, and the one way a tag is written.

Two-letter codes are listed; the 8,000 three-letter ones are a bitmap: bit k stands for the code with number k in base
26 (a = 0), as base64. Both are the records of type `language` in the IANA language subtag registry of 2021-08-06, but
for private use, `mis`, `mul`, `und` and `zxx`; `bitmap_of` writes the text of a newer one. When two people's tags are
one language is the engine's question (`matching/languages.py`), never answered here.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from functools import cache

_TWO_LETTERS = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji
jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb
nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr
ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""

_THREE_LETTERS = """
//39/u//v9v7//769x88V2+Xc/j///9wvwP//88FhWLp//1/////d//////////j6f///028Cnq+/////v/3/////98r9PHwXeefFAcg3+2fP8kh+L/u//
//////f/////9//f////d/////////57//////7/////+//////9////P/+2/////+///7///3///9////f9/////+///f///f+////v//////93+//dWt
f0D/nMFDLAglQQBQRACAu//yn7RCRdabNIj3e+cXVlV9Dhw3e/Pvn/9dOGUIABC8/7////9/Nz7Hx9//AYEAsAWAAAAAAANAAACSIdD/ff/e/l4EAAJkjR
nB33siAAAA323eJuXZ8/7//c+fFEEMhgDRAPDHZ1/WmV637e8DAAIAAADAd9pXkmkBLNZ79P9/fwAAAAEMVgMAALAUB1EWCgABAAAQEUkAAGAQAAAAEAAA
RAQAEIAEGAAABQCAKAQAAFDVLRBkNSRT9dW/4s0DAIAAQAAAAAAABBc5Ad1XmSGYpwAAAUCCAAAABAAAAAIBQABEAACw/qs5AAIAAAAEAAAAAAAgAEAEAA
AAAgAAABCDqAUAAAAABCAEpggEAAiBUAAACDGGQAAAAABAAAP1AxAIBAAAAOA7sxMAgAARAAAAAAAAAAAAAAAA///////fz4OiwP/fJ+8f5QMQILLFpkUl
mwPf+d8D1EiQAQ6B45NU2zjzf/9t+f//fQQIAAEhEjxf/Q+FT0RAAAT//f/W6Bv0N6MNAAAge3kCB4QA8P9//gAYBIEAAACAEJQcAQAAAAAAEEAABAi0/q
UMQAAAkSQEbABg8P/7f/YYBZ/fbgMAEQAAAEAFtbaCKAQABFHi//0/BQkIBUAAAAAAEAAADAAAAAChAmznSBSIIMBHgAcAAADMUEAkhUeEQCAQACACUIgR
ANHs7lA3HRFpBlnrMwgAIAVAEAAAAFBElknWXaeBR5f7ABAACACAAEBFAAECAAFAgAAGCPjr9znEnRYAAAwEASAg3aIBAAAAEkQAAAQQ8J2VEwSAAAHQFk
AAEPCQYkzSAgFKAEYEAAgCACDAAIAGAAgAAAAA8NjvFQIIAAABAAAAABABABAAAAD/1+P9//////9////+////////////3//7///b/f////7/////////
/////f/f/9z///////////77//////////7//f/////////v/////////////3v93d//vJgFLP8H8P//fwAIAMM9GwbmcvD/fH9EIjCfex79/1fy/z//8h
6V9///R4ABAgAAQFWfitv5LhGHUdDz/3dAAQXRWFwAQAAQBAIAIAqAe7f9/v7////////v////f/////////////f//9t///9/////7/+9///7////33/9
//f///f////7/+///////3/f97/v9////////////v//f////////P/9f///n77//v9/938CggT/////1+////f/4p7n//f/Vv3N///////v//3/fQ+nUQ
bEl9Bdr6b//f9jXVv///8/IBQAV1GCZfVN4v//30IFxQUAIgB0aRAIBUEAAQYAAAAAAFFgBQQBAAAGASAAGAGS8f1nawaVBlft+02de4MEYkAAFUIAAABU
g/lfEI7JRt/3EzEAIAAAAJAAAAAAAAoQAAFAAPDf/b99vs//v0IUhGGw/116BAIASS0UJ/ft8b/vPwAAAsfgHvy7//379/33///89e1H9H8QAQHEf//33f
lfBYbv9Xe9PQAAAENxQgBAAAABQxkACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AO+951fuE10JwUAh+hcBgAAAAADw/v+/ACMAIAAACAAAMLXjEAAAABEkFgABAhCDowFQAAGDEUgAAADw3/9/EqoQf9hSAIAgAAAAAEAQAgIZABBCEGFfnD
EAAAABXAIgAAABAEIBIAAAv9//////P9/ez73/r///f0tAEPH97/33///73/9v8Xvxf/9//+7377//2//f//1+v1f/b4F2n9z3/f////v+/19XX+9fUBhi
/v+fFZ8VD33GfaGS9fd+///////93f///fZf/z9AmAL/4//z9v7f/99/0D4Ve7z/vv//9///93////7b99f97y+Av8X/////n//////9v99/Bh93//jbXc
99Frnqe6AeIAAwAgQkSAQAAEDUBgQAAAQABAAwAQZQAAgAAAAkAAQAENxY100PFE/xFkTVSgpAAABAAAgAAADc/+sfWEhBJKAEADASQCIAEAAAAAAAAAEA
AACAEBC/b5MAAQAAAAAAAADAgC0AAAAAAAAKAAAAwIbCAgAAAAH/GAIAEvD/eT8AJQAAAAoAAAAAAABAABADAAkgAAABAACDAAAAAAEAAAAAAAAAAAAAAA
D////Pfr4REAAAkgFEzfFeAAEAMBQEVRABBPY/egUEALCAIFV1l33fccx41UP1V2cUAQAAAAAALPfbH1RgA2gFEIs4ugEAADAAJEQAABADEQIBAADw9f/X
17xw1nh6FVABpITpQQAAAGs5UnQA6DCQapIAAAL/7/9/hVP07///8t3HTPVC/P//HwCAwFbMFp/7N33v/72krwFEGAFdTkoIUCgw4IAQICQA////b/4BBo
gKQBYBARUrPgEAABCQaUUCAgHhv78DAAAQ1KfRVJ5E3/2PZrNVINTD2DA9gAAAAEz0EcWEb1AAIlB/v9sHACAQhLJFEAZEAAASAhEA8P/9fwUCFoEAAAAI
ABAMAgAAAACDMAIohAAzwCMkAAAAy+Q6RsgU8f//fxYBAYRQB/z//w8BAEAQOAEBHBJA4XYWCAMQAAAAAQAAAAAAICQKQIAAAA==
"""

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(-(?P<extended>[a-z]{3}))?(-(?P<script>[a-z]{4}))?(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
)


def canonical(tag: str) -> str | None:
    """Write a BCP 47 tag in its usual case, ``EN-gb`` as ``en-GB``; None where it is malformed or names no language.

    Extensions and private use (``-u-…``, ``-x-…``) say nothing about what people speak and are not taken.
    """
    found = _TAG.fullmatch(tag.lower())
    if found is None or not is_language(found["language"]) or not is_language(found["extended"] or "en"):
        return None
    parts = (found["language"], found["extended"], (found["script"] or "").title(), (found["region"] or "").upper())
    return "-".join(part for part in parts if part) + found["variants"]


def is_language(code: str) -> bool:
    """Tell whether two or three lower-case letters are a language's code; ``eng`` is not, since English is ``en``."""
    if len(code) == 2:
        return code in _two_letters()
    place = _number_of(code)
    return bool(_three_letters()[place // 8] >> place % 8 & 1)


def bitmap_of(codes: Iterable[str]) -> str:
    """Write three-letter codes as the text above, in one line."""
    bits = sum(1 << _number_of(code) for code in set(codes))
    return b64encode(bits.to_bytes(26**3 // 8, "little")).decode()


def _number_of(code: str) -> int:
    first, second, third = (ord(letter) - ord("a") for letter in code)
    return (first * 26 + second) * 26 + third


@cache
def _two_letters() -> frozenset[str]:
    return frozenset(_TWO_LETTERS.split())


@cache
def _three_letters() -> bytes:
    return b64decode("".join(_THREE_LETTERS.split()))
