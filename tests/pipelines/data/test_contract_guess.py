"""A first contract: each guess from what the table and the volumes hold, and a line to edit where nothing decides."""

import tomllib

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove.errors import DataSetError, SettingsError
from poregrove.pipelines.data.contract_file import read_contract
from poregrove.pipelines.data.contract_guess import guess_contract
from poregrove.schema import SCALAR_COLUMNS

N = 12


@pytest.fixture
def data(tmp_path):
    """``data(table, volumes)``: a folder with images/ and table.csv; volumes are arrays by file name."""

    def made(table, volumes):
        (tmp_path / "images").mkdir(exist_ok=True)
        for name, voxels in volumes.items():
            tifffile.imwrite(tmp_path / "images" / name, voxels, photometric="minisblack")
        pd.DataFrame(table).to_csv(tmp_path / "table.csv", index=False)
        return tmp_path

    return made


def _labelled(n=N, values=(0, 80, 200), seed=0):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet((4, 3, 2), n)[:, : len(values)]
    shares /= shares.sum(axis=1, keepdims=True)
    return {f"v{i}.tif": rng.choice(np.array(values, np.uint8), (6, 6, 6), p=shares[i]) for i in range(n)}


def _sections(guess):
    return tomllib.loads(guess.text())


def test_what_is_written_can_be_read(data, tmp_path):
    volumes = _labelled()
    folder = data({"file": list(volumes), "load": range(1, N + 1), "res_life": np.linspace(3, 9, N)}, volumes)
    guess = guess_contract(folder)
    assert guess.to_edit == ()
    path = tmp_path / "contract.toml"
    path.write_text(guess.text(), encoding="utf-8")
    contract = read_contract(path)
    assert contract.data.filename == "file"
    assert [item.name for item in contract.outputs] == ["res_life"]


def test_the_labels_whose_share_is_the_stated_porosity_are_pore(data):
    volumes = _labelled()
    both = [np.isin(voxels, (0, 80)).mean() for voxels in volumes.values()]
    table = {"file": list(volumes), "x": np.arange(N) % 5, "eps_wrong": np.linspace(0.2, 0.8, N), "res_porosity": both}
    found = _sections(guess_contract(data(table, volumes)))
    assert found["data"]["pore"] == [0, 80]
    assert found["data"]["porosity"] == "res_porosity"
    assert found["targets"]["res_porosity"]["volume_only"] is True
    assert found["targets"]["res_porosity"]["derivable"] == "porosity"


def test_without_a_porosity_zero_is_assumed_with_the_shares_of_all_labels(data):
    volumes = _labelled()
    guess = guess_contract(data({"file": list(volumes), "x": range(N), "res_y": range(N)}, volumes))
    assert _sections(guess)["data"]["pore"] == [0]
    zero = 100 * np.mean([(voxels == 0).mean() for voxels in volumes.values()])
    assert f"labels: 0 {zero:.3g} %, 80 " in guess.text()


def test_where_nothing_decides_a_line_must_be_edited(data):
    volumes = _labelled(values=(10, 80, 200))
    table = {"file": list(volumes), "voxel_edge": [3.0] * 6 + [4.0] * 6, "x": range(N), "y": range(N)}
    guess = guess_contract(data(table, volumes))
    assert guess.to_edit == ("data.voxel_unit", "data.pore", "targets.first.column")
    grey = {"g.tif": np.random.default_rng(0).integers(0, 255, (8, 8, 8)).astype(np.uint8)}
    other = guess_contract(data({"file": ["g.tif"] * N, "x": range(N), "res_y": range(N)}, grey))
    assert other.to_edit == ("data.pore",)
    assert "the volumes are grey" in other.text()


def test_units_come_from_names_and_from_what_can_only_be_metres(data):
    volumes = _labelled()
    table = {
        "file": list(volumes),
        "voxel_size": np.linspace(1e-7, 2e-7, N),
        "length [m.s-1]": np.linspace(1, 2, N),
        "res_q_mAh": range(N),
    }
    found = _sections(guess_contract(data(table, volumes)))
    assert found["data"]["voxel_unit"] == "m"
    assert found["inputs"]["length"] == {"column": "length [m.s-1]", "unit": "m.s-1"}
    assert found["targets"]["res_q_mah"]["unit"] == "mAh"


def test_kinds_logarithms_and_columns_left_out(data):
    volumes = _labelled()
    table = {
        "file": list(volumes), "rate": np.logspace(-9, -3, N), "narrow": np.linspace(1, 2, N), "wet": [True, False] * 6,
        "binder": ["PVDF", "CMC", "PAA"] * 4, "seed": range(N), "coating": ["none"] * N, "notes": [None] * N,
        "res_r": np.logspace(0, 5, N), "res_s": np.linspace(-1, 1, N),
    }  # fmt: skip
    guess = guess_contract(data(table, volumes))
    found = _sections(guess)
    assert found["inputs"]["rate"]["log"] is True
    assert "log" not in found["inputs"]["narrow"]
    assert found["inputs"]["wet"]["kind"] == "boolean"
    assert found["inputs"]["binder"]["kind"] == "category"
    assert found["targets"]["res_r"]["scale"] == "log"
    assert "scale" not in found["targets"]["res_s"]
    assert guess.left_out["coating"] == "constant, none throughout"
    assert guess.left_out["notes"] == "empty"
    assert "seed" in guess.left_out or found["data"].get("sample") == "seed"


def test_what_is_constant_within_a_volume_depends_on_it_alone(data):
    volumes = _labelled(4)
    names = np.repeat(list(volumes), 3)
    table = {
        "file": names,
        "load": list(range(3)) * 4,
        "stiffness": np.repeat([3.0, 1.0, 4.0, 5.0], 3),
        "life": np.arange(12.0) ** 2,
    }
    found = _sections(guess_contract(data(table, volumes), targets=["stiff*", "life"]))
    assert found["targets"]["stiffness"]["volume_only"] is True
    assert "volume_only" not in found["targets"]["life"]


def test_without_inputs_every_target_depends_on_the_volume_alone(data):
    volumes = _labelled()
    found = _sections(
        guess_contract(data({"file": list(volumes), "stiffness": range(N)}, volumes), targets=["stiffness"])
    )
    assert "inputs" not in found
    assert found["targets"]["stiffness"]["volume_only"] is True


def test_the_scalars_of_the_built_in_contract_keep_their_names_and_units(data):
    volumes = _labelled()
    table = {"file": list(volumes), "input_Negative electrode thickness [m]": np.logspace(-6, -3, N), "res_y": range(N)}
    found = _sections(guess_contract(data(table, volumes)))
    assert found["inputs"]["negative_thickness"] == {
        "column": "input_Negative electrode thickness [m]", "unit": "m", "log": True,
    }  # fmt: skip


def test_what_cannot_be_guessed_from_is_refused(data, tmp_path):
    volumes = _labelled(2)
    folder = data({"file": list(volumes), "y": [1, 2]}, volumes)
    with pytest.raises(SettingsError, match=r"--targets z: no column"):
        guess_contract(folder, targets=["z"])
    with pytest.raises(DataSetError, match="found nothing there"):
        guess_contract(tmp_path / "absent")


def test_a_table_with_all_scalars_of_the_built_in_contract_says_how_to_use_it(data):
    volumes = _labelled()
    table = {"filename": list(volumes), "res_y": range(N), **{name: np.linspace(1, 2, N) for name in SCALAR_COLUMNS}}
    assert "`built_in = true`" in guess_contract(data(table, volumes)).text().splitlines()[0]
    del table["Separator porosity"]
    assert "built_in" not in guess_contract(data(table, volumes)).text()


def test_a_target_has_the_words_and_the_unit_of_its_name(data):
    volumes = _labelled()
    table = {"file": list(volumes), "load": range(1, N + 1), "res_strength_mpa": np.linspace(3, 9, N)}
    found = _sections(guess_contract(data(table, volumes)))["targets"]["res_strength_mpa"]
    assert (found["label"], found["unit"]) == ("Strength", "MPa")
    table["res_strength [kPa]"] = np.linspace(4, 5, N)
    both = _sections(guess_contract(data(table, volumes)))["targets"]
    assert [item.get("label") for item in both.values()] == ["Strength", None]
