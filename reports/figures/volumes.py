"""Volumes on a page: a still picture each, and the data from which the browser draws them itself."""

from __future__ import annotations

import base64
import json
import zlib

import numpy as np
from markupsafe import Markup

from ..format import quantity
from ..summary.gallery import View
from .render_volume import PIXELS, RAMP, still
from .svg import element, joined


def symbol(view: View) -> Markup:
    """The still picture, once a page; ``picture`` refers to it."""
    colours = next((item.blocks for item in view.fields if item.name == "thickness"), None)
    source = f"data:image/png;base64,{_base64(still(view.volume, colours))}"
    image = element("image", href=source, width=PIXELS, height=PIXELS)
    return element("symbol", image, id=f"{view.key}-still", viewBox=f"0 0 {PIXELS} {PIXELS}")


def picture(view: View) -> Markup:
    """A place where the still picture stands."""
    return element(
        "svg",
        element("use", href=f"#{view.key}-still"),
        viewBox=f"0 0 {PIXELS} {PIXELS}",
        role="img",
        aria_label=f"Pore space of {view.name}, {', '.join(view.roles)}",
        class_="still",
    )


def payload(view: View) -> Markup:
    """JSON for a script block: ``shape`` (z, y, x), deflated bits of the pore, deflated bytes of the fields' blocks."""
    told = {
        "shape": view.volume.shape,
        "cells": view.fields[0].blocks.shape if view.fields else None,
        "pore": _packed(np.packbits(view.volume.ravel()).tobytes()),
        "fields": {
            item.name: {
                "label": item.label,
                "end": quantity(item.most, item.unit),
                "blocks": _packed(item.blocks.tobytes()),
            }
            for item in view.fields
        },
    }
    # inside a script block nothing but its end tag has a meaning
    return Markup(json.dumps(told).replace("<", "\\u003c"))  # noqa: S704  base64, numbers and our own words


def _packed(content: bytes) -> str:
    return _base64(zlib.compress(content, 9))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def ramp() -> Markup:
    """The colours of a field from low to high, 120 wide and 10 high."""
    width = 120 / len(RAMP)
    return joined(
        element("rect", x=index * width, y=0, width=width + 0.5, height=10, fill=f"rgb({red},{green},{blue})")
        for index, (red, green, blue) in enumerate(RAMP)
    )
