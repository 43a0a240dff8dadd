"""A simulated data set: volumes x designs, incompletely crossed, in the data contract."""

from __future__ import annotations

import itertools
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ...errors import SimulationError
from ..runs.folder import RunFolder
from .cell import load_pybamm
from .cells import Progress, simulate_cells
from .children import Failure
from .designs import latin_hypercube
from .plan import Plan
from .progress import Done
from .protocol import Protocol
from .volumes import Transport, draw, generator_of
from .writer import FAILED, NOT_SIMULATED, SUCCESS, Row, image_name, read_statuses, rows_name, write_image, write_rows

log = logging.getLogger(__name__)

GENERATORS = ("field", "field", "spheres")
"""Kinds of volumes, drawn in turn; ``blobs`` is another, which needs PoreSpy."""
_PARTIAL = ".partial"


@dataclass(frozen=True)
class Simulated:
    """Contents of the folder of a simulated data set."""

    path: Path
    rows: int
    succeeded: int
    failed: int
    not_simulated: int


def simulate(
    out: Path,
    *,
    volumes: int = 64,
    designs: int = 36,
    size: int = 64,
    seed: int = 0,
    rows_per_volume: int = 8,
    workers: int = 1,
    generators: Sequence[str] = GENERATORS,
    protocol: Protocol | None = None,
    progress: Progress | None = None,
) -> Simulated:
    """Make a data set in ``out``: ``images/``, ``rows/`` and the plan in ``identity.json``.

    Each volume that percolates along axis 0 meets ``rows_per_volume`` designs (at most all of them), each design
    equally often. Volumes that do not percolate get one row without a cell. Stopped at any point and called again
    with the same plan it is resumed: finished cells are kept.

    Raises MissingExtraError without PyBaMM, SettingsError for a plan that cannot be, RunError where the folder
    holds another plan, and SimulationError where it holds something else or where no cell could be simulated.
    """
    load_pybamm()
    plan = Plan(volumes, designs, size, seed, min(rows_per_volume, designs), tuple(generators), protocol or Protocol())
    folder = RunFolder(out)
    if not folder.identity.exists() and out.exists() and any(out.iterdir()):
        raise SimulationError(f"{out}: expected an empty folder or one that was begun here, found other files")
    with folder.locked():
        begun = folder.begin(asdict(plan))
        done = Done(out / _PARTIAL)
        if not (begun and _complete(out, plan)):
            _make(out, plan, done, workers, progress)
        done.forget()
        return _summary(out)


def _make(out: Path, plan: Plan, done: Done, workers: int, progress: Progress | None) -> None:
    transports = [_volume(out, done, plan, number) for number in range(plan.volumes)]
    vectors = latin_hypercube(plan.designs, seed=plan.seed)
    pairs = plan.pairs(transports)
    cells = {pair: structure for pair in pairs if (structure := transports[pair[0]].structure)}
    simulate_cells(cells, vectors, plan.protocol, done, workers=workers, progress=progress)
    rows = [Row(*pair, vectors[pair[1]], transports[pair[0]], done.cell(*pair)) for pair in pairs]
    if reasons := _reasons_without_success(rows):
        raise SimulationError(f"{out}: no cell could be simulated: {'; '.join(reasons)}")
    for volume, group in itertools.groupby(rows, key=lambda row: row.volume):
        write_rows(out / "rows" / rows_name(volume), list(group))


def _volume(out: Path, done: Done, plan: Plan, number: int) -> Transport:
    """Transport of a volume, its image written."""
    if (known := done.volume(number)) is not None:
        return known
    generator = generator_of(number, plan.volumes, plan.generators)
    _, pore, found = draw(generator, plan.size, seed=plan.seed, number=number)
    write_image(out / "images" / image_name(number), pore)
    done.keep_volume(number, found)
    return found


def _reasons_without_success(rows: Sequence[Row], most: int = 3) -> list[str]:
    """The commonest reasons of failure where all cells failed, none where one did not."""
    failures = [row.outcome.reason for row in rows if isinstance(row.outcome, Failure)]
    simulated = sum(row.outcome is not None for row in rows)
    return [reason for reason, _ in Counter(failures).most_common(most)] if len(failures) == simulated else []


def _complete(out: Path, plan: Plan) -> bool:
    return all((out / "rows" / rows_name(number)).exists() for number in range(plan.volumes))


def _summary(out: Path) -> Simulated:
    statuses = Counter(read_statuses(out / "rows"))
    return Simulated(out, statuses.total(), statuses[SUCCESS], statuses[FAILED], statuses[NOT_SIMULATED])
