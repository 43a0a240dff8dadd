"""Checks of a built site: every link inside it leads somewhere, and nothing is fetched from elsewhere.

    python site_checks.py FOLDER

ends with 1 and the lost links, or writes the links out of it to ``FOLDER/links.txt``.
"""

import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass
class Page(HTMLParser):
    """Links, loaded files and anchors of one page."""

    links: list = field(default_factory=list)
    loaded: list = field(default_factory=list)
    anchors: set = field(default_factory=set)

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag in {"script", "img", "iframe", "source"} and values.get("src"):
            self.loaded.append(values["src"])
        if tag == "link" and values.get("rel") in {"stylesheet", "icon", "preload", "search", "index"}:
            self.loaded.append(values["href"])


def pages_of(folder):
    """Every page of a built site by its path."""
    found = {}
    for path in sorted(folder.rglob("*.html")):
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        found[path.resolve()] = page
    return found


def lost_links(folder):
    """Links to files or anchors that are not there, and files that a page loads from elsewhere."""
    pages = pages_of(folder)
    lost = []
    for path, page in pages.items():
        lost += [f"{path.name} loads {target}" for target in page.loaded if _is_elsewhere(target)]
        for target in [*page.links, *page.loaded]:
            if _is_elsewhere(target) or target == "#":
                continue
            parts = urlsplit(target)
            place = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not place.is_file():
                lost.append(f"{path.name}: {target}")
            elif parts.fragment and place in pages and unquote(parts.fragment) not in pages[place].anchors:
                lost.append(f"{path.name}: {target} has no such anchor")
    return lost


def links_elsewhere(folder):
    """Every link out of the site, once, in order: listed, and not fetched."""
    return sorted({link for page in pages_of(folder).values() for link in page.links if _is_elsewhere(link)})


def _is_elsewhere(target):
    parts = urlsplit(target)
    return parts.scheme not in {"", "data"} or bool(parts.netloc)


def main(folder):
    """What ``make site`` runs: a message where a link is lost, else None."""
    if lost := lost_links(folder):
        return "\n".join(lost)
    (folder / "links.txt").write_text("\n".join(links_elsewhere(folder)) + "\n", encoding="utf-8")
    return None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
