"""Files of a bundle: nothing that can run code, nothing that may change unnoticed, the same bytes each time."""

import hashlib
import io
import json
import pickletools
import re
import shutil
import zipfile

import numpy as np
import pytest

from poregrove.errors import ModelError, PoregroveError
from poregrove.features import descriptors
from poregrove.pipelines import load_bundle
from poregrove.pipelines.bundle.integrity import MANIFEST, MANIFEST_DIGEST, replacing_folder, seal
from poregrove.pipelines.bundle.model_card import CARD
from poregrove.pipelines.bundle.write import write_bundle

ALLOWED = {".json", ".sha256", ".npz", ".ubj", ".txt", ".md"}


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files(folder)}


def reseal(folder, change):
    """Change the manifest as somebody would who also knows how to write its digests."""
    manifest = json.loads((folder / MANIFEST).read_text())
    change(manifest)
    manifest.pop("files")
    (folder / MANIFEST).unlink()
    (folder / MANIFEST_DIGEST).unlink()
    seal(folder, manifest)


def test_every_file_is_in_the_manifest_with_its_size_and_digest(finished):
    manifest = json.loads((finished.bundle / MANIFEST).read_text())
    there = contents(finished.bundle)
    assert set(manifest["files"]) == set(there) - {MANIFEST, MANIFEST_DIGEST}
    for name, entry in manifest["files"].items():
        assert entry == {"sha256": hashlib.sha256(there[name]).hexdigest(), "bytes": len(there[name])}
    digest, name = there[MANIFEST_DIGEST].decode().split()
    assert (digest, name) == (hashlib.sha256(there[MANIFEST]).hexdigest(), MANIFEST)
    assert not list(finished.run.rglob("*.part"))


def test_a_flipped_bit_in_any_file_is_refused_by_name(copied):
    load_bundle(copied)
    for path in files(copied):
        whole = path.read_bytes()
        for position in {0, len(whole) // 2, len(whole) - 1}:
            broken = bytearray(whole)
            broken[position] ^= 1
            path.write_bytes(broken)
            named = MANIFEST if path.name == MANIFEST_DIGEST else path.name
            with pytest.raises(ModelError, match=re.escape(named)):
                load_bundle(copied)
        path.write_bytes(whole)
    load_bundle(copied)


def test_a_missing_file_is_named(copied):
    for path in files(copied):
        whole = path.read_bytes()
        path.unlink()
        with pytest.raises(ModelError, match=re.escape(path.name)):
            load_bundle(copied)
        path.write_bytes(whole)
    with pytest.raises(ModelError, match=r"manifest\.json: expected a bundle"):
        load_bundle(copied / "models")


def arrays_of(path):
    """The bytes of each member of an NPZ file, unpacked."""
    with zipfile.ZipFile(path) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def test_nothing_in_a_bundle_is_a_pickle(finished):
    pickled_object = re.compile(rb"\x80[\x02-\x05]")
    for path in files(finished.bundle):
        assert path.suffix in ALLOWED, path
        parts = arrays_of(path) if path.suffix == ".npz" else [(path.name, path.read_bytes())]
        for name, part in parts:
            if path.suffix == ".npz":
                assert name.endswith(".npy")
                assert np.load(io.BytesIO(part), allow_pickle=False).dtype.kind in "biufU"
            assert not pickled_object.match(part), f"{path}: {name}"
            with pytest.raises(ValueError, match=r"opcode|pickle exhausted|\S"):
                list(pickletools.genops(part))


def test_the_check_for_pickles_finds_one():
    import pickle

    part = pickle.dumps({"a": 1})
    assert re.match(rb"\x80[\x02-\x05]", part)
    assert list(pickletools.genops(part))


def test_the_same_run_gives_the_same_bytes_and_a_whole_bundle_is_kept(finished, settings, tmp_path):
    from poregrove.pipelines.data.phase import PoreConvention

    again = tmp_path / "again"
    shutil.copytree(finished.run, again, ignore=shutil.ignore_patterns("bundle"))
    made = write_bundle(again, settings, PoreConvention("upper"), descriptors(("morphology", "transport")), workers=1)
    assert contents(made) == contents(finished.bundle)
    times = {path: path.stat().st_mtime_ns for path in files(made)}
    write_bundle(again, settings, PoreConvention("upper"), descriptors(("morphology", "transport")), workers=1)
    assert {path: path.stat().st_mtime_ns for path in files(made)} == times
    files(made)[0].write_bytes(b"damaged")
    write_bundle(again, settings, PoreConvention("upper"), descriptors(("morphology", "transport")), workers=1)
    assert contents(made) == contents(finished.bundle)


def test_another_version_of_a_descriptor_is_refused_by_column(copied):
    def older(manifest):
        manifest["descriptors"]["porosity"] -= 1

    reseal(copied, older)
    with pytest.raises(ModelError, match=r"column 'porosity' was computed by version 0 .* here it is version 1"):
        load_bundle(copied)


def test_a_joined_quantity_of_another_formula_is_refused_by_column(copied):
    name = next(iter(json.loads((copied / MANIFEST).read_text())["joined"]))

    def other(manifest):
        manifest["joined"][name][1] *= 1.001

    reseal(copied, other)
    with pytest.raises(ModelError, match=f"column '{name}' is computed otherwise"):
        load_bundle(copied)


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest["descriptors"].update(unheard_of=1),
        lambda manifest: manifest["joined"].update(unheard_of=[1.0, 2.0, 3.0]),
        lambda manifest: manifest.update(schema_version=99),
        lambda manifest: manifest.pop("columns"),
        lambda manifest: manifest["models"][0].pop("chosen"),
        lambda manifest: manifest["phase"].update(unheard_of=1),
    ],
)
def test_manifests_of_another_form_are_refused(copied, change):
    reseal(copied, change)
    with pytest.raises(ModelError, match=r"manifest\.json"):
        load_bundle(copied)


def test_a_manifest_cannot_name_files_outside(copied):
    (copied.parent / "elsewhere").write_bytes(b"")
    manifest = json.loads((copied / MANIFEST).read_text())
    manifest["files"]["../elsewhere"] = {"sha256": hashlib.sha256(b"").hexdigest(), "bytes": 0}
    text = json.dumps(manifest)
    (copied / MANIFEST).write_text(text)
    (copied / MANIFEST_DIGEST).write_text(f"{hashlib.sha256(text.encode()).hexdigest()}  {MANIFEST}\n")
    with pytest.raises(ModelError, match="outside the bundle"):
        load_bundle(copied)


def test_garbage_under_right_digests_ends_in_an_error_of_the_package(copied, finished):
    for path in files(copied):
        if path.name in (MANIFEST, MANIFEST_DIGEST, CARD):  # the card is for people alone
            continue
        whole = path.read_bytes()
        for garbage in (b"", b"garbage", b"[]", b"{}", whole[: len(whole) // 2]):
            path.write_bytes(garbage)
            reseal(copied, lambda _: None)
            with pytest.raises(PoregroveError):
                _predict_all(copied, finished)
        path.write_bytes(whole)
        reseal(copied, lambda _: None)


def _predict_all(folder, finished):
    bundle = load_bundle(folder)
    for model in bundle.manifest.models:
        bundle.fitted(model)
        bundle.residuals_of(model)
    bundle.predict(finished.images[0], finished.designs, device="cpu")


def test_what_a_killed_process_left_is_removed(tmp_path):
    (tmp_path / ".bundle.abc.part" / "new").mkdir(parents=True)
    with replacing_folder(tmp_path / "bundle") as made:
        (made / "one").write_text("first")
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "bundle"
    with replacing_folder(folder) as made:
        (made / "one").write_text("first")
    with pytest.raises(PoregroveError), replacing_folder(folder) as made:
        (made / "one").write_text("second")
        raise PoregroveError("stopped")
    assert (folder / "one").read_text() == "first"
    with replacing_folder(folder) as made:
        (made / "two").write_text("third")
    assert [path.name for path in tmp_path.rglob("*")] == ["bundle", "two"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda manifest: manifest["models"][0].update(folder="../elsewhere"), "no file of the bundle lies in"),
        (lambda manifest: manifest["models"][0].update(columns="x"), "no columns 'x'"),
        (lambda manifest: manifest["models"][0]["chosen"].update(target="x"), "no target 'x'"),
        (lambda manifest: manifest["models"][0]["chosen"].update(regime="x"), "no regime 'x'"),
        (lambda manifest: manifest["volume"].update(max_voxels=-1), "max_voxels expects"),
        (lambda manifest: manifest["descriptors"].update(porosity="1"), "descriptors.porosity expects int"),
        (lambda manifest: manifest["columns"][max(manifest["columns"])].update(designs=["x"]), "takes 'x'"),
    ],
)
def test_manifests_that_contradict_themselves_are_refused(copied, change, said):
    reseal(copied, change)
    with pytest.raises(ModelError, match=re.escape(said)):
        load_bundle(copied)
