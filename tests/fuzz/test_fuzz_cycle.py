"""Cycles as JSON text: garbage, JSON of other forms, and valid cycles that were spoilt."""

import json

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from poregrove.pipelines.data.traces import traces
from poregrove.pipelines.settings import TargetSettings
from poregrove.pipelines.targets.cell import cell_targets
from poregrove.pipelines.targets.outcome import NO_REASON, Reason
from poregrove.pipelines.targets.sign import sign_votes
from poregrove.pipelines.targets.trend import no_trends
from poregrove.schema import CELL_TARGETS

SHARE = 0.10
NAMES = ("Time_h", "Voltage_V", "Current_A")
SETTINGS = TargetSettings()
EXTREME = st.sampled_from((0, 5, -5, 4.2, 1.7e308, -1.7e308, 5e-324))
NUMBERS = st.one_of(EXTREME, st.floats(), st.integers(), st.none(), st.just(10**400))
LEAVES = st.one_of(NUMBERS, st.text(max_size=5), st.booleans())
JSON = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner))
)


@st.composite
def cycles(draw):
    """Three lists of numbers, mostly of one length."""
    n = draw(st.integers(0, 8))
    numbers = draw(st.sampled_from((EXTREME, NUMBERS)))
    return {
        name: draw(st.lists(numbers, min_size=n, max_size=draw(st.sampled_from((n, n, n, n + 1))))) for name in NAMES
    }


def texts(spoilt):
    valid = json.dumps({"Time_h": [0, 0.5, 1], "Voltage_V": [4.0, 3.5, 3.0], "Current_A": [0, 5.0, 5.0]})
    spoilt_text = spoilt([valid.encode()]).map(lambda content: content.decode("utf-8", "replace"))
    return st.one_of(st.text(), spoilt_text, JSON.map(json.dumps), cycles().map(json.dumps))


def test_no_cycle_does_harm(cases, harmless, spoilt, tmp_path):
    @cases.settings(SHARE)
    @given(st.lists(texts(spoilt), min_size=1, max_size=5), st.sampled_from((0, 1, -1)))
    def check(rows, sign):
        with harmless(tmp_path), np.errstate(over="ignore", invalid="ignore"):
            found = traces(pa.array(rows, pa.string()), len(rows), rest_threshold=SETTINGS.rest_threshold)
            assert len(found) == len(rows)
            assert ((found.samples.lengths == 0) == (found.reason != NO_REASON)).all()
            assert np.isfinite([found.time, found.voltage, found.current]).all()
            assert set(sign_votes(found)) <= {-1, 0, 1}
            cells = cell_targets(no_trends(len(rows), Reason.NO_TREND), found, sign, SETTINGS)
            for name in CELL_TARGETS:
                outcomes = getattr(cells, name)
                assert (np.isfinite(outcomes.value) == (outcomes.reason == NO_REASON)).all()

    check()
