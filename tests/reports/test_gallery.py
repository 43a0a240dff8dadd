"""Volumes on the page: what the browser will unpack is what the table holds, and the still picture shows it."""

import base64
import json
import zlib

import imagecodecs
import numpy as np
import pandas as pd
import pytest

from poregrove.errors import RunError
from poregrove.reports.figures.png import png
from poregrove.reports.figures.render_volume import COLOURS, PIXELS, march, rays, still, view
from poregrove.reports.render import render_json
from poregrove.reports.summary import summarise
from poregrove.reports.summary.downsample import LEVELS, coarse, reduced
from poregrove.reports.tables import read_run


@pytest.fixture(scope="module")
def told(sample_run, sample_page):
    """(row of gallery.parquet, its JSON block) for every volume."""
    table = pd.read_parquet(sample_run / "gallery.parquet").to_dict("records")
    blocks = sample_page.find("script", type="application/json")
    return list(zip(table, [json.loads(node.text) for node in blocks], strict=True))


def unpacked(text):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)


def test_the_bits_on_the_page_are_the_pore_of_the_table(told):
    for row, block in told:
        assert block["shape"] == [row["nz"], row["ny"], row["nx"]]
        assert unpacked(block["pore"]).tobytes() == row["pore"]


def test_blocks_of_a_field_are_means_over_the_pore_and_absent_where_the_table_has_none(told):
    for row, block in told:
        assert set(block["fields"]) == {name for name in ("thickness", "flux") if row[name]}
        for name, field in block["fields"].items():
            shape = block["shape"]
            pore = np.unpackbits(np.frombuffer(row["pore"], np.uint8), count=np.prod(shape)).reshape(shape)
            values = np.frombuffer(row[name], np.uint8).reshape(shape).astype(float)
            blocks, step = unpacked(field["blocks"]).reshape(block["cells"]), -(-max(shape) // 24)
            some = np.argwhere(np.ones(block["cells"]))[::7]
            for cell in some:
                here = tuple(slice(step * i, step * (i + 1)) for i in cell)
                if pore[here].any():
                    mean = values[here][pore[here] > 0].mean()
                    assert abs(blocks[tuple(cell)] - mean) <= 255 / (LEVELS - 1) / 2 + 0.5


def test_lengths_are_in_metres_where_the_edge_of_a_voxel_is_known(told):
    ends = [{name: field["end"] for name, field in block["fields"].items()} for _, block in told]
    assert ends[0] == {"thickness": "7.25\u202fvoxels", "flux": "3.50"}
    assert ends[2]["thickness"].replace("\u202f", " ") == "7.25 × 10⁻⁷ m"


def test_bits_that_do_not_fill_the_shape_are_refused(make_run):
    run = make_run(volumes=4, designs=3, targets=("porosity",), models=("mean",))
    table = pd.read_parquet(run / "gallery.parquet")
    table.loc[0, "nx"] += 8
    table.to_parquet(run / "gallery.parquet")
    with pytest.raises(RunError, match=r"gallery\.parquet: .*: expected 18432 voxels as bits, got 13824"):
        summarise(read_run(run))


def test_the_summary_tells_the_shape_of_voxels_and_not_the_voxels(sample_run):
    told = json.loads(render_json(summarise(read_run(sample_run))))["gallery"]["views"]
    assert told[2]["volume"] == {"shape": [12, 24, 30]}
    assert len(json.dumps(told)) < 5000


def test_a_volume_larger_than_the_page_holds_is_a_majority_of_blocks():
    mask = np.zeros((5, 4, 4), bool)
    mask[:2, :2, :2] = True
    mask[4, 2:, 2:] = True
    found, step = reduced(mask, 3)
    assert step == 2
    assert np.argwhere(found).tolist() == [[0, 0, 0], [2, 1, 1]]
    assert reduced(mask, 5)[0] is mask


def test_a_block_without_pore_takes_the_colour_of_its_neighbours():
    mask = np.zeros((4, 4, 4), bool)
    mask[:2] = True
    values = np.where(mask, 255, 0).astype(np.uint8)
    assert coarse(values, mask, 2).tolist() == [[[255, 255], [255, 255]]] * 2


def test_a_png_is_read_by_others_as_it_was_meant():
    pixels = np.array([[0, 1, 2], [2, 1, 0]], np.uint8)
    palette = np.array([[0, 0, 0], [10, 20, 30], [200, 100, 50]], np.uint8)
    found = imagecodecs.png_decode(png(pixels, palette))
    assert found[..., :3][pixels > 0].tolist() == palette[pixels[pixels > 0]].tolist()
    assert (found[..., 3] == np.where(pixels == 0, 0, 255)).all()
    with pytest.raises(ValueError, match="at most 256 colours, got 300"):
        png(pixels, np.zeros((300, 3), np.uint8))


def test_rays_meet_the_first_voxel_on_their_way():
    """Against small steps along each ray."""
    mask = np.random.default_rng(4).random((6, 9, 7)) < 0.1
    origins, direction = rays(mask.shape)
    some = slice(None, None, 211)
    hit, face = march(mask, origins[some], direction)
    assert (hit[:, 0] >= 0).sum() > 40
    for origin, found in zip(origins[some], hit, strict=True):
        steps = np.arange(0, 3 * max(mask.shape), 0.002)
        at = np.floor(origin + steps[:, None] * direction).astype(int)
        inside = ((at >= 0) & (at < mask.shape)).all(axis=1)
        met = [tuple(cell) for cell in at[inside] if mask[tuple(cell)]]
        if found[0] >= 0:
            # steps may slip past the corner of a voxel that a ray grazes
            assert tuple(found) in met[:1] or not met or np.abs(np.array(met[0]) - found).sum() <= 3
        else:
            assert not met
    assert set(face[hit[:, 0] >= 0]) == {0, 1, 2}


def test_the_camera_is_a_right_handed_frame_that_looks_down_from_the_high_ends():
    right, up, forward = view()
    assert np.stack([right, up, forward]) @ np.stack([right, up, forward]).T == pytest.approx(np.eye(3))
    assert (forward < 0).all()
    assert up[2] > 0
    assert np.cross(right, up) == pytest.approx(-forward)


def test_a_full_volume_is_a_box_in_the_colour_of_its_field_and_an_empty_one_is_nothing():
    full = np.ones((8, 8, 8), bool)
    found = imagecodecs.png_decode(still(full, np.full((4, 4, 4), 255, np.uint8)))
    assert found.shape == (PIXELS, PIXELS, 4)
    assert 0.3 < (found[..., 3] > 0).mean() < 0.8
    top = found[PIXELS // 4, PIXELS // 2]
    assert top.tolist() == [*COLOURS[-1], 255]
    assert not imagecodecs.png_decode(still(~full, None))[..., 3].any()
