"""A descriptor is one file: found by looking, and refused where it is declared wrongly."""

import importlib
import os
import textwrap

import pytest

from poregrove import features
from poregrove.errors import SettingsError
from poregrove.features import Column, descriptor
from poregrove.features.registry import folder, registry

TOY = """
from poregrove.features import Column, descriptor

@descriptor(columns={"toy_count": Column("-", "number of pore voxels", low=0.0)}, tier="morphology", version=1)
def toy(work):
    return {"toy_count": float(work.pore_count)}
"""


@pytest.fixture
def new_file(tmp_path, monkeypatch):
    """Writes a file into one more folder that the registry looks into."""
    import sys

    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        monkeypatch.delitem(sys.modules, f"{folder.__name__}.{name}", raising=False)

    yield write
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(f"{folder.__name__}.{path.stem}", None)
        if hasattr(folder, path.stem):
            delattr(folder, path.stem)


def test_a_toy_descriptor_as_one_new_file_appears_everywhere(new_file):
    import numpy as np

    assert "toy_count" not in {column.name for column in features.descriptors()}
    new_file("toy", TOY)
    assert "toy_count" in {column.name for column in features.descriptors()}
    volume = np.random.default_rng(0).random((6, 6, 6)) < 0.5
    assert features.describe(volume, tiers=["morphology"], device="cpu")["toy_count"] == volume.sum()
    assert features.describe(volume, columns=["toy_count"], device="cpu") == {"toy_count": volume.sum()}
    assert "toy_count" in features.DescriptorTransformer(columns=["toy_count"]).fit().get_feature_names_out()


def test_a_column_is_declared_once(new_file):
    new_file("toy", TOY)
    new_file("toy_again", TOY)
    with pytest.raises(ValueError, match="'toy_count' is declared by toy and toy_again"):
        registry()


def test_descriptors_may_need_columns_of_others(new_file):
    import numpy as np

    new_file(
        "needy",
        """
        from poregrove.features import Column, descriptor

        @descriptor(columns={"needy": Column("-", "twice the porosity")}, tier="morphology", version=1, needs=("porosity",))
        def needy(work):
            return {"needy": 2 * work.columns["porosity"]}
        """,
    )
    volume = np.random.default_rng(0).random((6, 6, 6)) < 0.5
    assert features.describe(volume, columns=["needy"], device="cpu") == {"needy": 2 * volume.mean()}


def test_needs_must_exist_and_not_go_in_circles(new_file):
    circle = """
        from poregrove.features import Column, descriptor

        @descriptor(columns={"%s": Column("-", "a")}, tier="morphology", version=1, needs=("%s",))
        def function(work):
            return {}
        """
    new_file("first", circle % ("first", "second"))
    with pytest.raises(ValueError, match="needs the unknown column 'second'"):
        registry()


def test_circles_are_refused(new_file):
    circle = """
        from poregrove.features import Column, descriptor

        @descriptor(columns={"%s": Column("-", "a")}, tier="morphology", version=1, needs=("%s",))
        def function(work):
            return {}
        """
    new_file("first", circle % ("first", "second"))
    new_file("second", circle % ("second", "first"))
    with pytest.raises(ValueError, match="in a circle"):
        registry()


def test_a_function_that_returns_other_names_than_declared_is_an_error(new_file):
    import numpy as np

    new_file("liar", TOY.replace('return {"toy_count"', 'return {"other"'))
    with pytest.raises(ValueError, match="declares toy_count and returned other"):
        features.describe(np.ones((3, 3, 3), bool), columns=["toy_count"], device="cpu")


@pytest.mark.parametrize(
    ("name", "column", "options", "message"),
    [
        ("Upper", Column("-", "a"), {}, "lower case"),
        ("trailing_", Column("-", "a"), {}, "lower case"),
        ("fine", Column("m", "a"), {}, "contradicts length_power 0"),
        ("fine", Column("1/m2", "a"), {"length_power": 2}, "contradicts length_power 2"),
        ("fine", Column("-", ""), {}, "says what it means"),
        ("fine", Column("-", "a", low=1.0, high=0.0), {}, "wrong order"),
        ("fine", Column("-", "a"), {"tier": "other"}, "tier is one of"),
        ("fine", Column("-", "a"), {"version": 0}, "count from 1"),
    ],
)
def test_malformed_declarations_are_refused(name, column, options, message):
    with pytest.raises(ValueError, match=message):
        descriptor(columns={name: column}, **{"tier": "morphology", "version": 1, **options})(dict)


def test_an_unknown_column_is_answered_with_its_nearest_neighbour():
    with pytest.raises(SettingsError, match="'porosty'; did you mean 'porosity'"):
        registry().named(["porosty"])


def test_an_unknown_tier_is_refused():
    with pytest.raises(SettingsError, match="unknown tier deep"):
        features.descriptors(["deep"])


def test_only_the_calls_that_are_wanted_are_planned():
    found = registry()
    calls = found.plan(found.named(["chord_length_mean_solid_y"]))
    assert [(call.descriptor.family, dict(call.part.arguments)) for call in calls] == [
        ("chord_length", {"phase": "solid", "axis": "y"})
    ]


def test_what_a_call_needs_comes_before_it():
    found = registry()
    families = [call.descriptor.family for call in found.plan(found.named(["chord_length_anisotropy_z"]))]
    assert families[-1] == "anisotropy"
    assert set(families[:-1]) == {"chord_length", "two_point_correlation"}


def test_a_family_and_a_pattern_stand_for_their_columns():
    found = registry()
    assert [column.name for column in found.named(["tortuosity_factor_[zyx]"])] == [
        f"tortuosity_factor_{axis}" for axis in "zyx"
    ]
    assert {column.family for column in found.named(["chord_length"])} == {"chord_length"}
    assert [column.name for column in found.named(["porosity", "poros*ty"])] == ["porosity"]
    with pytest.raises(SettingsError, match=r"no descriptor column is called like 'tortuous\*'"):
        found.named(["tortuous*"])
    with pytest.raises(SettingsError, match="'chord_lenght'; did you mean 'chord_length'"):
        found.named(["chord_lenght"])


OWN = """
from poregrove.features import Column, descriptor

@descriptor(columns={"own_count": Column("-", "number of pore voxels", low=0.0)}, tier="morphology", version=%d)
def own(work):
    return {"own_count": float(%d * work.pore_count)}
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a module of another package, which can be imported while the test runs."""
    import sys

    from poregrove.features import registry as module

    monkeypatch.setattr(module, "_added", {})
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")

    def write(name, text=OWN % (1, 1)):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        monkeypatch.delitem(sys.modules, name, raising=False)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield write
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


def test_a_descriptor_of_another_package_is_found_once_it_is_imported(package):
    import numpy as np

    volume = np.random.default_rng(0).random((6, 6, 6)) < 0.5
    with pytest.raises(SettingsError, match="unknown descriptor column 'own_count'"):
        features.describe(volume, columns="own_count", device="cpu")
    package("ownpackage")
    assert features.describe(volume, columns="own_count", device="cpu") == {"own_count": volume.sum()}
    assert features.describe(volume, columns="ownpackage", device="cpu") == {"own_count": volume.sum()}
    (column,) = (column for column in features.descriptors("morphology") if column.name == "own_count")
    assert column.module == "ownpackage"


def test_other_processes_know_it_too(package):
    import numpy as np

    package("ownpackage")
    volumes = [np.ones((2, 2, 2), bool), np.zeros((2, 2, 2), bool)]
    rows = features.describe_batch(volumes, columns="own_count", device="cpu", n_jobs=2)
    assert rows == [{"own_count": 8.0}, {"own_count": 0.0}]


def test_one_declared_again_replaces_itself_and_another_of_the_same_name_is_refused(package):
    import numpy as np

    package("ownpackage")
    package("ownpackage", OWN % (2, 10))
    cube = np.ones((2, 2, 2), bool)
    assert features.describe(cube, columns="own_count", device="cpu") == {"own_count": 80.0}
    with pytest.raises(ValueError, match="'own_count' is declared by ownpackage and otherpackage"):
        package("otherpackage")
    with pytest.raises(ValueError, match="'porosity' is declared by porosity and third"):
        package("third", OWN.replace("own_count", "porosity") % (1, 1))
    assert features.describe(cube, columns="own_count", device="cpu") == {"own_count": 80.0}


def test_values_of_two_packages_are_not_mixed_up_in_the_cache(package, tmp_path, monkeypatch):
    import numpy as np

    from poregrove.features import registry as module

    cube = [np.ones((2, 2, 2), bool)]
    for name, factor in (("ownpackage", 1), ("otherpackage", 3)):
        monkeypatch.setattr(module, "_added", {})
        package(name, OWN % (1, factor))
        for _ in range(2):
            found = features.describe_batch(cube, columns="own_count", device="cpu", cache=tmp_path / "cache")
            assert found == [{"own_count": 8.0 * factor}]


@pytest.mark.usefixtures("package")
def test_what_a_notebook_declares_is_never_remembered_and_stays_in_its_process(tmp_path):
    import numpy as np

    column = Column("-", "a number")
    for value in (1.0, 2.0):

        def cell(_, value=value):
            return {"cell": value}

        cell.__module__ = "__main__"
        descriptor(columns={"cell": column}, tier="morphology", version=1)(cell)
        volumes = [np.ones((2, 2, 2), bool)] * 2
        found = features.describe_batch(volumes, columns="cell", device="cpu", cache=tmp_path / "cache")
        assert found == [{"cell": value}] * 2
    with pytest.raises(SettingsError, match="put them into a module"):
        features.describe_batch(volumes, columns="cell", device="cpu", n_jobs=2)


def test_modules_of_entry_points_are_imported_by_the_registry(package, monkeypatch):
    from importlib.metadata import EntryPoint

    from poregrove import plugin_modules
    from poregrove.features import registry as module

    points = [EntryPoint("own", "ownpackage", module.ENTRY_POINTS)]
    named = {module.ENTRY_POINTS: points}
    monkeypatch.setattr(plugin_modules.metadata, "entry_points", lambda group: named.get(group, []))
    package("ownpackage")
    monkeypatch.setattr(module, "_added", {})
    monkeypatch.delitem(__import__("sys").modules, "ownpackage")
    module.import_entry_points.cache_clear()
    try:
        assert "own_count" in {column.name for column in features.descriptors()}
        points[:] = [EntryPoint("own", "nowhere_to_be_found", module.ENTRY_POINTS)]
        module.import_entry_points.cache_clear()
        with pytest.raises(
            SettingsError,
            match=r"plug-in 'nowhere_to_be_found', an entry point of poregrove\.descriptors: ModuleNotFoundError",
        ):
            features.descriptors()
    finally:
        module.import_entry_points.cache_clear()
