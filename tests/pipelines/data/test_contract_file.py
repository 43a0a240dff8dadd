"""A contract file: what is written reads back equal, and what cannot be meant is refused by name."""

import pytest

from poregrove.errors import SettingsError
from poregrove.pipelines.data.contract_file import contract_text, read_contract, run_contract
from poregrove.schema import BUILT_IN, Contract, DataSpec, InputSpec, TargetSpec

FULL = Contract(
    DataSpec("file", "id", "set", "ok", "eps", "edge", "um", "pictures", (0, 30), 2, "drop"),
    (
        InputSpec("load", "Load [kN]", "kN", log=True, meaning='force on the "lid" \\ plate'),
        InputSpec("binder", "binder", kind="category", levels=("PVDF", "CMC=SBR")),
        InputSpec("dry", "is dry", kind="boolean"),
    ),
    (
        TargetSpec("tau", "tau", "-", 0.5, "log", low=1.0, descriptor="tortuosity_factor_x", derivable="transport"),
        TargetSpec("eps", "eps", volume_only=True, low=0.0, high=1.0, meaning="pore share"),
    ),
)  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "contract.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_contract_reads_back_equal(write):
    assert read_contract(write(contract_text(FULL))) == FULL


def test_numbers_and_levels_become_columns():
    assert FULL.scalar_columns == ("load", "binder=PVDF", "binder=CMC=SBR", "dry")
    assert [scalar.unit for scalar in FULL.scalars] == ["kN", "-", "-", "-"]
    assert [scalar.name for scalar in FULL.scalars if scalar.log] == ["load"]
    assert FULL.categories == (("binder=PVDF", "binder=CMC=SBR"),)
    assert FULL.cell_targets == ("tau",)
    assert FULL.volume_targets == ("eps",)
    assert FULL.target("tau").scales == ("log", "raw")


def test_the_built_in_contract_has_the_scalars_and_targets_of_the_project(tmp_path):
    assert len(BUILT_IN.scalars) == 15
    assert len(BUILT_IN.weighted) == 10
    assert len(BUILT_IN.targets) == 11
    assert run_contract(tmp_path) is BUILT_IN


def test_a_run_folder_has_the_contract_that_lies_in_it(tmp_path):
    (tmp_path / "contract.toml").write_text(contract_text(FULL), encoding="utf-8")
    assert run_contract(tmp_path) == FULL


def test_the_built_in_contract_is_one_line(write):
    assert contract_text(BUILT_IN) == "built_in = true\n"
    assert read_contract(write(contract_text(BUILT_IN))) is BUILT_IN


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("built_in = false", "built_in expects true, got False"),
        ("built_in = true\n[data]\naxis = 1", "built_in = true stands alone, its inputs and targets are fixed; got 'data'"),
        ("[targets.y]\n[input.x]", "unknown section 'input'; did you mean 'inputs'?"),
        ("[targets.y]\nscael = 'log'\n[inputs.x]", "targets.y: unknown key 'scael'; did you mean 'scale'?"),
        ("[data]\nfile = 'a'\n[targets.y]\nvolume_only = true", "data: unknown key 'file'; did you mean 'filename'?"),
        ("[targets.y]\nderivable = 'porosty'\n[inputs.x]", "none of the name 'porosty'; did you mean 'porosity'?"),
        ("[targets.y]\nlow = 2\nhigh = 1\n[inputs.x]", "low is 2, which is not below high, 1"),
        ("[targets.y]\nweight = -1\n[inputs.x]", "targets.y.weight expects a number from 0"),
        ("[targets.y]\nweight = 'much'\n[inputs.x]", "targets.y.weight expects a finite number"),
        ("[targets.y]\n[inputs.x]\nlevels = ['a']", 'levels belongs to kind = "category"'),
        ("[targets.y]\n[inputs.x]\nkind = 'category'\nlog = true", 'log belongs to kind = "number"'),
        ("[targets.y]\n[inputs.x]\nkind = 'text'", "kind is one of number, category, boolean, got 'text'"),
        ("[targets.y]\n[inputs.x]\ncolumn = 'y'", "inputs.x and targets.y both take the column 'y'"),
        ("[targets.y]\n[inputs.y]\ncolumn = 'x'", "'y' is the name of an input and of a target"),
        ("[targets.y]\n[inputs.porosity]", "has the name of a descriptor; choose another, as in porosity_given"),
        ("[targets.row]\n[inputs.x]", "'row' is a column of every run"),
        ("[targets.projected_cycle_life]\n[inputs.x]", "computed by rules of the built-in contract"),
        ("[targets.'a b']\n[inputs.x]", "made of letters, digits and _"),
        ("[targets.y]", "expected targets.y.volume_only = true"),
        ("[inputs.x]", "expected at least one section [targets.NAME]"),
        ("[data]\naxis = 3\n[targets.y]\n[inputs.x]", "data.axis is one of 0, 1, 2, got 3"),
        ("[data]\nvoxel_unit = 'inch'\n[targets.y]\n[inputs.x]", "data.voxel_unit is one of m, mm, um"),
        ("[data]\nvoxel_size = -1.0\n[targets.y]\n[inputs.x]", "expects a column, or a length above 0"),
        ("[data]\nvoxel_size = [1.0, 2.0]\n[targets.y]\n[inputs.x]", "or three of either"),
        ("[data]\nvoxel_size = ['z', 2.0, 'x']\n[targets.y]\n[inputs.x]", "or three of either"),
        ("[data]\npore = ['0']\n[targets.y]\n[inputs.x]", "data.pore expects grey values"),
        ("[targets.y]\n[inputs]\nx = 3", "inputs.x is a section, expected key = value lines, got 3"),
        ("[targets.y", "expected readable TOML"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(write, text, said):
    path = write(text)
    with pytest.raises(SettingsError) as error:
        read_contract(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_a_line_that_must_be_edited_is_named_with_its_number(write):
    path = write("[data]\nfilename = 'f'\npore = '?'  # EDIT: grey values\n\n[targets.y]\n[inputs.x]\n")
    with pytest.raises(SettingsError, match=r"line 3, data.pore = '\?', must be edited by hand"):
        read_contract(path)
