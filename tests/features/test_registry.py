"""A descriptor is one file: found by looking, and refused where it is declared wrongly."""

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
    assert features.describe(volume, tiers=["morphology"], backend="cpu")["toy_count"] == volume.sum()
    assert features.describe(volume, columns=["toy_count"], backend="cpu") == {"toy_count": volume.sum()}
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
    assert features.describe(volume, columns=["needy"], backend="cpu") == {"needy": 2 * volume.mean()}


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
        features.describe(np.ones((3, 3, 3), bool), columns=["toy_count"], backend="cpu")


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
