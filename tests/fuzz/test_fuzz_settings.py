"""Settings files and ``--set`` words of every kind, label tables, and names of images."""

from hypothesis import given
from hypothesis import strategies as st

from poregrove.pipelines.data.labels import read_labels
from poregrove.pipelines.data.paths import resolve_inside
from poregrove.pipelines.settings import Settings, apply_assignments, read_settings

FILE_SHARE, WORD_SHARE, LABEL_SHARE, NAME_SHARE = 0.07, 0.05, 0.04, 0.04
VALID = """\
[target]
end_of_life = 0.8
life_cap = 3000
current_sign = "negative"

[volume]
pore = "0,255"
voxel_size = 1e-7

[comparison]
targets = ["porosity", "tau_factor"]
folds = 5

[model.xgboost]
rounds = 500
"""
LABELS = "id,tau_factor,D_eff,porosity_measured\n5000,2.5,.16,.4\n5001,inf,,nan\n"
KEYS = st.lists(
    st.sampled_from(
        (
            "target",
            "volume",
            "comparison",
            "model",
            "life_cap",
            "pore",
            "folds",
            "targets",
            "xgboost",
            "rounds",
            "",
            "x",
        )
    ),
    min_size=1,
    max_size=4,
).map(".".join)
LITERALS = st.one_of(
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(("true", '"a"', "[1, 2]", "{a = 1}", "1979-05-27", "0x10", "1" * 5000, "[" * 2000, "", "'")),
    st.text(max_size=10),
)
HOSTILE = st.text(st.one_of(st.characters(), st.sampled_from("./\\\0:~ \ud800\n")), max_size=30)


def checked(settings):
    """The settings, after a look that what was accepted is within its ranges."""
    assert 0.0 < settings.target.end_of_life < 1.0
    assert settings.comparison.folds >= 2
    assert settings.volume.max_voxels >= 1
    assert isinstance(settings.as_dict(), dict)
    return settings


def test_no_settings_file_does_harm(cases, harmless, spoilt, tmp_path):
    path = tmp_path / "settings.toml"
    path.touch()
    lines = st.lists(st.builds("{} = {}".format, KEYS, LITERALS)).map("\n".join)
    contents = st.one_of(spoilt([VALID.encode()]), lines.map(lambda text: text.encode("utf-8", "replace")), st.binary())

    @cases.settings(FILE_SHARE)
    @given(contents)
    def check(content):
        path.write_bytes(content)
        with harmless(tmp_path):
            checked(read_settings(path))

    check()


def test_no_assignment_does_harm(cases, harmless, tmp_path):
    words = st.one_of(st.builds("{}={}".format, KEYS, LITERALS), HOSTILE)

    @cases.settings(WORD_SHARE)
    @given(st.lists(words, max_size=3))
    def check(assignments):
        with harmless(tmp_path):
            checked(apply_assignments(Settings(), assignments))

    check()


def test_no_label_table_does_harm(cases, harmless, spoilt, tmp_path):
    path = tmp_path / "labels.csv"
    path.touch()

    @cases.settings(LABEL_SHARE)
    @given(st.one_of(spoilt([LABELS.encode()]), st.binary()), st.booleans())
    def check(content, by_sample):
        path.write_bytes(content)
        with harmless(tmp_path):
            labels = read_labels(path, by_sample=by_sample)
            assert set(labels.look_up([5000, None, "x"])) == set(labels.columns)

    check()


def test_no_image_name_leaves_its_folder(cases, harmless, tmp_path):
    root = tmp_path / "images"
    (root / "a").mkdir(parents=True)
    (root / "a" / "out").symlink_to(tmp_path)
    (root / "round").symlink_to("round")
    parts = st.sampled_from(("..", ".", "a", "out", "round", "/", "\\", "C:", "a/out", "~", "x" * 200, "b.tif"))
    names = st.one_of(HOSTILE, st.lists(parts, max_size=40).map("/".join), st.lists(parts, max_size=40).map("".join))

    @cases.settings(NAME_SHARE)
    @given(names)
    def check(name):
        with harmless(tmp_path):
            path = resolve_inside(root, name)
            assert path.resolve().is_relative_to(root.resolve())
            assert not path.is_file()

    check()
