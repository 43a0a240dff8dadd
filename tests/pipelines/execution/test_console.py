"""End of a command: its exit code and the one line of its error."""

import logging
import os
import signal
import time

import pytest

from poregrove.pipelines.commands.main import main
from poregrove.pipelines.execution import console

WORDS = ("poregrove", "compare", "my data", "--out", "run")


def signalled(name):
    os.kill(os.getpid(), name)
    time.sleep(30)
    return 0


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals to itself")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_a_command_with_its_code_and_says_how_to_go_on(name, code, caplog):
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert console.exit_code(signalled, getattr(signal, name), words=WORDS) == code
    finally:
        signal.signal(signal.SIGTERM, before)
    (line,) = caplog.messages
    assert line == ("interrupted: what is finished is kept; to go on: poregrove compare 'my data' --out run")


def test_what_a_program_had_set_before_holds_again_after_a_verb(tmp_path):
    logger = logging.getLogger("poregrove")
    before = logger.handlers[:], logger.propagate, logger.level
    assert main(["report", str(tmp_path / "none"), "--quiet"]) == 1
    assert (logger.handlers, logger.propagate, logger.level) == before
