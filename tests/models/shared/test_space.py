"""Search spaces hold the settings that a model has by itself, and both ends of them can be."""

import pytest

from poregrove.models import registry
from poregrove.models.shared.space import space_of

TUNABLE = [info.name for info in registry.available() if space_of(registry.create(info.name))]


def test_the_boosters_can_be_tuned():
    assert set(TUNABLE) >= {"xgboost", "lightgbm", "catboost", "hist-gradient-boosting", "factorised-boosting"}


@pytest.mark.parametrize("name", TUNABLE)
def test_defaults_lie_inside_and_ends_are_settings(name):
    model = registry.create(name)
    for knob in space_of(model):
        assert knob.low <= getattr(model, knob.name) <= knob.high, knob
        assert knob.whole == isinstance(getattr(model, knob.name), int)
        assert knob.low > 0 or not knob.log
    for end in ("low", "high"):
        kinds = {knob.name: int if knob.whole else float for knob in space_of(model)}
        registry.create(name, **{knob.name: kinds[knob.name](getattr(knob, end)) for knob in space_of(model)})
