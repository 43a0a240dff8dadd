"""A first contract for a table and its volumes: the likely meaning of each column, and the reason."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...errors import DataSetError, SettingsError, did_you_mean
from ...features.description import descriptors
from ...features.physics import quantities
from ...schema import INPUT_PREFIX, METRES, SCALARS, Contract, TargetSpec
from .column_names import identifier, is_bookkeeping, is_result, label_of, says, unit_of
from .column_values import decades, is_boolean, is_constant_within, is_number, is_share, is_text, numbers
from .contract_file import EDIT, RESERVED_NAMES, sections_text
from .contract_rows import open_table
from .dataset import Dataset
from .inputs import words_of
from .pore_guess import SAMPLED, VolumeSample, labels_of, sample_volumes, shares_in_words, stated_pore

_DECADES = 2.0
"""A positive column that spans more is learned on its logarithm."""
_MOST_LEVELS = 20
_LENGTH_OF_VOXELS = (1e-9, 1e-4)
"""Metres between which the edge of a voxel of an electrode lies."""
_SLACK = 1e-3
_FITS_BUILT_IN = (
    "The table has the 15 scalars of the built-in contract. Without --contract, or with the one line `built_in = true`",
    "instead of all below, targets are computed from its series and have rules and checks of their own.",
)
_SHARES = ("porosity", "epsilon", "eps", "fraction", "share", "retention", "void")
"""Words of names whose values are shares."""
_BUILT_IN_SCALARS: Mapping[str, Any] = {scalar.column: scalar for scalar in SCALARS}
_TAKEN = RESERVED_NAMES | {column.name for column in descriptors()} | {item.name for item in quantities()}


@dataclass(eq=False)
class Guess:
    """Sections of a contract file with the reason of each value, and what was left out."""

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    """Lines at the beginning of the file."""

    def say(self, section: str, key: str, value: Any, reason: str) -> None:
        """Set a value with its reason."""
        self.sections.setdefault(section, {})[key] = value
        self.reasons[f"{section}.{key}"] = reason

    @property
    def to_edit(self) -> tuple[str, ...]:
        """The keys that must be edited before the contract can be used."""
        return tuple(
            f"{section}.{key}"
            for section, values in self.sections.items()
            for key, value in values.items()
            if value == EDIT
        )

    def text(self) -> str:
        """The contract as TOML, reasons as comments, columns left out at the end."""
        begin = "".join(f"# {line}\n" for line in self.remarks) + ("\n" if self.remarks else "")
        lines = [f"#   {name}: {reason}" for name, reason in self.left_out.items()]
        end = "\n# Columns left out:\n" + "\n".join(lines) + "\n" if lines else ""
        return begin + sections_text(self.sections, self.reasons) + end


def guess_contract(
    data: Path, *, targets: Sequence[str] = (), images: Path | None = None, labels: Path | None = None
) -> Guess:
    """A first contract for a data set.

    ``targets`` name columns that are predicted, ``*`` and ``?`` allowed; empty: those that begin as results do.
    Raises DataSetError where there is no table, SettingsError for a target that no column fits.
    """
    dataset, table = open_table(data, Contract(), images=images, labels=labels)
    return _Guesser(dataset, table, tuple(targets)).guess()


class _Guesser:
    """The steps of a guess: each takes columns away from those that are left."""

    def __init__(self, dataset: Dataset, table: pd.DataFrame, targets: tuple[str, ...]) -> None:
        self.dataset, self.table, self.targets = dataset, table, targets
        self.made = Guess()
        self.left = [str(name) for name in table]
        self.names: set[str] = set()

    def guess(self) -> Guess:
        self._filename()
        if {name.removeprefix(INPUT_PREFIX) for name in self.left}.issuperset(_BUILT_IN_SCALARS):
            self.made.remarks += _FITS_BUILT_IN
        self._constants()
        wanted = self._wanted_targets()
        self._keys()
        self._voxel_size()
        self._pore(wanted)
        inputs = [name for name in self.left if name not in wanted]
        for column in inputs:
            self._input(column)
        self._with_targets(wanted)
        return self.made

    # What a row is about ------------------------------------------------------------------------------------------

    def _filename(self) -> None:
        texts = [name for name in self.left if is_text(self.table[name])]
        named = sorted(texts, key=lambda name: not says(name, "filename", "file", "image", "tiff"))
        found = next((name for name in named if self._are_files(name)), None)
        if found is None:
            self.made.say("data", "filename", EDIT, f"EDIT: no text column names files in {self.dataset.images.name}/")
            return
        self.made.say("data", "filename", found, "its values are files of the image folder")
        self.left.remove(found)

    def _are_files(self, column: str) -> bool:
        for name in self.table[column].dropna().astype(str).head(SAMPLED):
            try:
                if self.dataset.resolve(name).is_file():
                    return True
            except DataSetError:
                return False
        return False

    @property
    def _files(self) -> pd.Series[Any] | None:
        """The column that names each row's volume; None where it is not known."""
        found = self.made.sections["data"]["filename"]
        return None if found == EDIT else self.table[found]

    def _is_constant_within_volumes(self, column: str) -> bool | None:
        """Whether a column has one value a volume; None where no volume has two rows, or none is known."""
        return None if self._files is None else is_constant_within(self.table[column], self._files)

    def _where_it_varies(self, column: str) -> str:
        within = self._is_constant_within_volumes(column)
        if within is None:
            return "one row a volume"
        return "one a volume" if within else "varies within volumes"

    def _constants(self) -> None:
        for name in tuple(self.left):
            values = self.table[name].dropna()
            if values.empty:
                self._leave_out(name, "empty")
            elif isinstance(values.iloc[0], list | dict | np.ndarray):
                self._leave_out(name, "holds lists or records")
            elif self._ok_column != name and (values == values.iloc[0]).all():
                self._leave_out(name, f"constant, {values.iloc[0]} throughout")

    @cached_property
    def _ok_column(self) -> str | None:
        known = [name for name in self.left if says(name, "ok", "status", "success", "succeeded", "failed")]
        return next((name for name in known if not says(name, "failed")), None)

    def _keys(self) -> None:
        if self._ok_column is not None and self._ok_column in self.left:
            self._take("ok", self._ok_column, "says which simulations ran to their end")
        sample = self._first("sample_id", "sample", "volume_id", "structure_id", "id")
        if sample is not None and self._is_constant_within_volumes(sample) is not False:
            self._take("sample", sample, "names the volume")
        design = self._first("param_id", "design_id", "parameter_id", "design", "params")
        if design is not None:
            self._take("design", design, "names the design")
        self._names_of_volumes()
        for name in tuple(self.left):
            if is_bookkeeping(name) and not self._is_target(name):
                self._leave_out(name, "looks like bookkeeping; declare it where it is an input")

    def _names_of_volumes(self) -> None:
        """Take the first column that numbers or names the volumes for the sample, and leave the others out."""
        files = self._files
        if files is None:
            return
        for name in tuple(self.left):
            values = self.table[name]
            is_key = pd.api.types.is_integer_dtype(values) or is_text(self.table[name])
            if not is_key or values.isna().any() or self._is_target(name) or values.nunique() != files.nunique():
                continue
            if (
                not files.duplicated().any()
                and not is_text(self.table[name])
                and values.max() - values.min() >= len(values)
            ):
                continue  # whole numbers with gaps may be a property
            if len(pd.DataFrame({"file": files, "value": values}).drop_duplicates()) == files.nunique():
                if "sample" in self.made.sections["data"]:
                    self._leave_out(name, "another name of each volume")
                else:
                    self._take("sample", name, "one value a volume, another in each: a name and no property")

    def _first(self, *names: str) -> str | None:
        lower = {name.lower(): name for name in self.left}
        return next((lower[name] for name in names if name in lower), None)

    def _take(self, key: str, column: str, reason: str) -> None:
        self.made.say("data", key, column, reason)
        self.left.remove(column)

    def _leave_out(self, column: str, reason: str) -> None:
        self.left.remove(column)
        self.made.left_out[column] = reason

    def _voxel_size(self) -> None:
        known = [name for name in self.left if says(name, "voxel", "voxelsize", "pixel", "pixelsize")]
        numeric = [
            name
            for name in known
            if is_number(self.table[name]) and self._is_constant_within_volumes(name) is not False
        ]
        if not numeric:
            self.made.reasons["data"] = (
                "No column gives the voxel size: lengths are in voxels unless --voxel-size says it."
            )
            return
        column, unit = numeric[0], unit_of(numeric[0])
        self._take("voxel_size", column, "edge of the voxels of each volume")
        if unit in METRES:
            self.made.say("data", "voxel_unit", unit, "by the name of the column")
            return
        values = numbers(self.table[column])
        low, high = _LENGTH_OF_VOXELS
        if low <= np.nanmin(values) and np.nanmax(values) <= high:
            self.made.say("data", "voxel_unit", "m", f"{np.nanmedian(values):.3g} can only be metres")
        else:
            self.made.say("data", "voxel_unit", EDIT, f"EDIT: no unit in the name; values such as {values[0]:.6g}")

    # What is pore ------------------------------------------------------------------------------------------------

    def _pore(self, wanted: Sequence[str]) -> None:
        files = self._files
        seen = VolumeSample(trouble="no volume is known") if files is None else sample_volumes(self.dataset, files)
        labels = seen.labelled
        if not labels or len(labels) < len(seen.levels):
            trouble = seen.trouble or "the volumes are grey, not labelled"
            self.made.say("data", "pore", EDIT, f"EDIT: grey values that are pore, as in [0]; {trouble}")
            return
        stated = {name: numbers(self.table[name])[list(seen.rows)] for name in self._porosities(wanted)}
        found, shares = stated_pore(seen.levels, stated), shares_in_words(labels)
        if found is not None:
            told = found.convention
            reason = (
                f"its share is that of {found.column}, off by {told.error:.2g} over {told.compared} volumes; {shares}"
            )
            self.made.say("data", "pore", found.pore, reason)
            self.made.say("data", "porosity", found.column, "agrees with the share of the pore value in the volumes")
        elif any(0 in labels_of(item) for item in labels):
            self.made.say("data", "pore", (0,), f"assumed, no column states a porosity that tells; labels: {shares}")
        else:
            self.made.say("data", "pore", EDIT, f"EDIT: nothing tells which of the labels are pore: {shares}")

    def _porosities(self, wanted: Sequence[str]) -> list[str]:
        """Columns that may state the porosity."""
        words = ("porosity", "epsilon", "eps", "void", "voidage")
        return [
            name for name in dict.fromkeys((*self.left, *wanted)) if is_number(self.table[name]) and says(name, *words)
        ]

    # Inputs and targets ------------------------------------------------------------------------------------------

    def _wanted_targets(self) -> tuple[str, ...]:
        for pattern in self.targets:
            if not any(fnmatch.fnmatchcase(name, pattern) for name in map(str, self.table)):
                hint = did_you_mean(pattern, map(str, self.table))
                raise SettingsError(f"--targets {pattern}: no column of {self.dataset.data} has that name{hint}")
        return tuple(name for name in self.left if self._is_target(name) and name != self._ok_column)

    def _is_target(self, column: str) -> bool:
        if self.targets:
            return any(fnmatch.fnmatchcase(column, pattern) for pattern in self.targets)
        return is_result(column)

    def _input(self, column: str) -> None:
        section = f"inputs.{self._name(column)}"
        known = _BUILT_IN_SCALARS.get(column.removeprefix(INPUT_PREFIX))
        values = self.table[column].dropna()
        levels = words_of(values)
        if not is_number(self.table[column]) and len(levels) > min(_MOST_LEVELS, len(self.table) // 3):
            self._leave_out(column, f"text with {len(levels)} different values")
            return
        self.made.say(section, "column", column, f"{len(levels)} values, {self._where_it_varies(column)}")
        if is_boolean(self.table[column]):
            self.made.say(section, "kind", "boolean", "two values, true and false")
        elif not is_number(self.table[column]):
            self.made.say(section, "kind", "category", f"text: {', '.join(levels)}")
        else:
            self._number(section, column, "log", True)
        if known is not None:
            self.made.say(section, "unit", known.unit, "as in the built-in contract")
            if known.log:
                self.made.say(section, "log", True, "as in the built-in contract")

    def _number(self, section: str, column: str, key: str, value: Any) -> None:
        """Unit of a number, and its logarithm where it spans decades."""
        unit = unit_of(column)
        if unit != "-":
            self.made.say(section, "unit", unit, "by the name of the column")
        span, known = decades(self.table[column]), column.removeprefix(INPUT_PREFIX) in _BUILT_IN_SCALARS
        if span >= _DECADES and not known:
            self.made.say(section, key, value, f"positive, over {span:.1f} decades")

    def _with_targets(self, wanted: Sequence[str]) -> None:
        numeric = [name for name in wanted if name in self.left and is_number(self.table[name])]
        for name in wanted:
            if name in self.left and name not in numeric:
                self._leave_out(name, "a target that is no number")
        has_inputs = any(name.startswith("inputs.") for name in self.made.sections)
        for column in numeric:
            self._target(column, has_inputs=has_inputs)
        if not numeric:
            reason = (
                "EDIT: no column begins with res_, target_, out_ or the like; name one, or call init with --targets"
            )
            self.made.say("targets.first", "column", EDIT, reason)

    def _target(self, column: str, *, has_inputs: bool) -> None:
        section = f"targets.{self._name(column)}"
        values = numbers(self.table[column])
        why = "named by --targets" if self.targets else "begins as results do"
        self.made.say(
            section, "column", column, f"{why}; {int(np.isfinite(values).sum())} of {len(values)} rows have it"
        )
        self._label(section, column)
        self._number(section, column, "scale", "log")
        is_porosity = column == self.made.sections["data"].get("porosity")
        if is_porosity:
            self.made.say(section, "volume_only", True, "is the porosity of the image")
            self.made.say(section, "derivable", "porosity", "a descriptor computes it outright")
        elif not has_inputs:
            self.made.say(section, "volume_only", True, "there are no inputs")
        elif self._is_constant_within_volumes(column):
            self.made.say(section, "volume_only", True, "one value a volume, over volumes with several rows")
        if says(column, "tau", "tortuosity") and np.nanmin(values) >= 1 - _SLACK:
            self.made.say(section, "scale", "log", "as the tortuosity factor of the built-in contract")
            self.made.say(section, "low", 1.0, "a tortuosity factor is at least 1")
            self.made.say(
                section, "derivable", "tortuosity_factor_z", "assumed axis 0; the audit says which axis it is"
            )
        elif says(column, *_SHARES) and is_share(values):
            self.made.say(section, "low", 0.0, "values are shares")
            self.made.say(section, "high", 1.0, "values are shares")

    def _label(self, section: str, column: str) -> None:
        """Words for people, where those of the name are others and no other target has them."""
        label = label_of(column)
        given = [values.get("label") for values in self.made.sections.values()]
        of_name = TargetSpec(section.removeprefix("targets."), column).target.label
        if label not in (*given, of_name):
            self.made.say(section, "label", label, "the name without its unit")

    def _name(self, column: str) -> str:
        """A name for an input or target that nothing else has."""
        known = _BUILT_IN_SCALARS.get(column.removeprefix(INPUT_PREFIX))
        name = identifier(column) if known is None else known.name
        if name in _TAKEN or name.endswith("_reason"):
            name = f"{name}_given"
        while name in self.names:
            name = f"{name}_2"
        self.names.add(name)
        return name
