"""Run the commands and the Python of a documentation page, and hold what they print against what the page shows.

A ``console`` block holds commands after ``$ `` (a backslash carries one on) and below them what they print; a ``python``
block is a program, all of a page in one process, and a ``text`` block after it what it prints. Lines that are shown must
come in this order; ``...`` stands for any lines. A shown line is compared with the end of a printed one, as log
lines begin with the time; numbers may differ by a hundredth, or in their last shown digit.
"""

import math
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Step:
    """A command or a program, and the lines that the page shows below it."""

    kind: str
    code: str
    shown: tuple[str, ...] = ()


def steps_of(name):
    """Commands and programs of a page of ``docs/``, in order."""
    text = (DOCS / name).read_text(encoding="utf-8")
    found = []
    for kind, body in re.findall(r"^```(console|python|text)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE):
        if kind == "console":
            found += _commands(body)
        elif kind == "python":
            found.append(Step(kind, body))
        else:
            last = found.pop()
            found.append(Step(last.kind, last.code, (*last.shown, *body.splitlines())))
    return found


def _commands(body):
    body = body.replace("\\\n", " ")
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        yield Step("console", re.sub(r"\s+", " ", command.split("  #")[0]).strip(), tuple(shown))


def run_page(name, folder, program, *, environment=None, replaced=None, compared=True, skipped=()):
    """Run a page in ``folder``; ``program`` is what ``poregrove`` and ``python`` stand for.

    ``replaced`` are texts of its commands and programs with smaller ones, after which nothing shown is compared.
    """
    python, poregrove = program
    steps = steps_of(name)
    assert steps, f"{name} has nothing to run"
    for place, text in enumerate(replaced or {}):
        assert any(text in step.code for step in steps), f"{name}: replacement {place} is of no step: {text}"
    programs = []
    for step in steps:
        code = step.code
        for old, new in (replaced or {}).items():
            code = code.replace(old, new)
        if any(word in code for word in skipped):
            continue
        if step.kind == "python":
            # programs of a page go on from one another
            marker = f"print({len(programs)!r}, '-----', flush=True)"
            script = "\n".join([*programs, marker, code])
            programs.append(code)
            (folder / "page.py").write_text(script, encoding="utf-8")
            said = _run([python, "page.py"], folder, environment, step).partition(" -----\n")[2]
        else:
            words = shlex.split(code)
            words = [part for word in words for part in _expanded(word, folder)]
            head = {"poregrove": poregrove, "python": [python]}.get(words[0], [words[0]])
            said = _run([*head, *words[1:]], folder, environment, step)
        if compared and not replaced:
            check_shown(step, said)


def _expanded(word, folder):
    """The files of a pattern, as a shell has them."""
    if not any(sign in word for sign in "*?["):
        return [word]
    return [path.relative_to(folder).as_posix() for path in sorted(folder.glob(word))] or [word]


def _run(words, folder, environment, step):
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"{step.code}\nends with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def check_shown(step, said):
    """Every line that is shown is among those printed, in order."""
    lines = iter([re.sub(r"\s+", " ", line).strip() for line in said.splitlines()])
    for shown in step.shown:
        wanted = re.sub(r"\s+", " ", shown).strip()
        if wanted and wanted != "...":
            assert any(_agrees(wanted, line) for line in lines), f"{step.code}\ndoes not print: {wanted}\nbut:\n{said}"


def _agrees(wanted, line):
    """Whether a printed line ends with the wanted one, numbers apart."""
    parts = _NUMBER.split(wanted)
    pattern = "(?:^|.* )" + f"({_NUMBER.pattern})".join(map(re.escape, parts)) + "$"
    found = re.match(pattern, line)
    return bool(found) and all(_near(a, b) for a, b in zip(_NUMBER.findall(wanted), found.groups(), strict=True))


def _near(a, b):
    decimals = len(a.partition("e")[0].partition(".")[2])
    return math.isclose(float(a), float(b), rel_tol=0.01, abs_tol=1.5 * 10.0**-decimals if "." in a else 0.0)
