"""A first run says how many kernels it has compiled; a later one says nothing."""

import io
import threading

import pytest

from poregrove.pipelines.execution import console, first_run


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    """An empty cache of kernels, looked at often."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path))
    monkeypatch.setattr(first_run, "EVERY", 0.01)
    folder = tmp_path / "kernels" / "of_a_file"
    folder.mkdir(parents=True)
    return folder


def test_kernels_are_counted_as_they_appear(kernels):
    told, three = [], threading.Event()

    def tell(n):
        told.append(n)
        if n == 3:
            three.set()

    with first_run.watching_kernels(tell):
        for i in range(3):
            (kernels / f"{i}.nbi").touch()
        assert three.wait(5)
    assert told == sorted(told)


def test_nothing_is_told_where_kernels_lie_already(kernels):
    (kernels / "0.nbi").touch()
    with first_run.watching_kernels(pytest.fail):
        assert not [thread for thread in threading.enumerate() if thread.name == "kernels"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_says_so_until_the_first_item_is_done(kernels, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    waiting = threading.Event()
    with console.progress("describing", "volume") as report:
        report(0, 2)
        (kernels / "0.nbi").touch()
        for _ in range(500):
            if "first run, kernels compiled: 1" in screen.getvalue():
                break
            waiting.wait(0.01)
        else:
            pytest.fail(screen.getvalue())
        report(2, 2)
        said = screen.getvalue()
        waiting.wait(0.1)
        assert "compiled" not in screen.getvalue()[len(said) :]
