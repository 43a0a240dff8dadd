"""The log of a run folder records every attempt, its beginning and its end."""

import logging
import re

import pytest

from poregrove.pipelines.runs.journal import Journal

COMMAND = ("poregrove", "compare", "my data", "--out", "run")
log = logging.getLogger("poregrove.pipelines.made_up")


def lines(path):
    return [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", "", line) for line in path.read_text().splitlines()]


def test_a_sitting_is_written_with_its_command_and_its_end(tmp_path):
    with Journal(tmp_path / "run.log", COMMAND):
        log.info("features")
        log.debug("finished %s", "a job")
    begin, *between, end = lines(tmp_path / "run.log")
    assert begin.startswith("DEBUG   begin: poregrove ")
    assert begin.endswith("poregrove compare 'my data' --out run")
    assert between == ["INFO    features", "DEBUG   finished a job"]
    assert end == "DEBUG   end: done"


def test_an_error_is_how_a_sitting_ended(tmp_path):
    with pytest.raises(OSError, match="No space"), Journal(tmp_path / "run.log", COMMAND):
        raise OSError(28, "No space left on device")
    assert lines(tmp_path / "run.log")[-1] == "DEBUG   end: OSError [Errno 28] No space left on device"


def test_a_sitting_that_was_killed_is_told_by_the_next(tmp_path):
    path = tmp_path / "run.log"
    with Journal(path, COMMAND):
        pass
    killed = path.read_text().replace("end: done", "end").removesuffix("d\n")
    path.write_text(killed)
    with Journal(path, COMMAND):
        pass
    with Journal(path, COMMAND):
        pass
    told = [line for line in lines(path) if "killed" in line]
    assert told == ["WARNING the attempt before this one was killed: what it finished is kept"]


def test_what_others_see_of_the_package_stays_what_they_asked_for(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    with Journal(tmp_path / "run.log", COMMAND):
        log.info("quiet")
        log.warning("loud")
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == ["loud"]
    assert "quiet" in (tmp_path / "run.log").read_text()
    log.info("after")
    assert "after" not in (tmp_path / "run.log").read_text()
    assert logging.getLogger("poregrove").propagate


def test_a_log_that_cannot_be_written_ends_nothing(tmp_path, capsys):
    (tmp_path / "run.log").mkdir()
    with pytest.raises(IsADirectoryError), Journal(tmp_path / "run.log", COMMAND):
        pass
    full = Journal(tmp_path / "other.log", COMMAND)
    with full:
        full._handler.stream.close()
        full._handler.stream = BrokenStream()
        log.info("lost")
    assert "Logging error" not in capsys.readouterr().err


class BrokenStream:
    def write(self, _text):
        raise OSError(28, "No space left on device")

    def flush(self):
        pass

    def close(self):
        pass
