"""Image names come from data and are not to be trusted."""

import pytest

from poregrove.errors import DataSetError
from poregrove.pipelines.data.paths import resolve_inside


def test_a_name_and_a_name_in_a_folder_resolve_whether_they_exist_or_not(tmp_path):
    assert resolve_inside(tmp_path, "a.tif") == tmp_path / "a.tif"
    assert resolve_inside(tmp_path, "deep/er/a b.tif") == tmp_path / "deep" / "er" / "a b.tif"
    assert resolve_inside(tmp_path, "./a..b.tif") == tmp_path / "a..b.tif"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../a.tif", "'..'"),
        ("a/../../b.tif", "'..'"),
        ("..", "'..'"),
        ("a\\..\\b.tif", "'..'"),
        ("/etc/passwd", "absolute"),
        ("C:\\a.tif", "absolute"),
        ("\\\\host\\share\\a.tif", "absolute"),
        ("a\0.tif", "NUL"),
        ("", "empty"),
        ("  ", "empty"),
        ("a" * 256 + ".tif", "too long"),
        ("a/" * 2100 + "b.tif", "too long"),
        ("ä" * 128, "too long"),
    ],
)
def test_names_that_leave_the_folder_or_could_not_exist(tmp_path, name, why):
    with pytest.raises(DataSetError, match=why) as caught:
        resolve_inside(tmp_path, name)
    assert str(tmp_path) in str(caught.value)
    assert len(str(caught.value)) < 600


def test_links_may_stay_inside_but_not_leave(tmp_path):
    inside, outside = tmp_path / "images", tmp_path / "elsewhere"
    inside.mkdir()
    outside.mkdir()
    (outside / "a.tif").touch()
    (inside / "b.tif").touch()
    (inside / "out.tif").symlink_to(outside / "a.tif")
    (inside / "folder").symlink_to(outside)
    (inside / "in.tif").symlink_to(inside / "b.tif")
    assert resolve_inside(inside, "in.tif") == inside / "in.tif"
    for name in ("out.tif", "folder/a.tif"):
        with pytest.raises(DataSetError, match="link"):
            resolve_inside(inside, name)


def test_the_image_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert resolve_inside(tmp_path / "link", "a.tif") == tmp_path / "link" / "a.tif"
