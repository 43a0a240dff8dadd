"""Numbers read the way a careful author writes them."""

import math

import pytest

from poregrove.reports import format as wording

NARROW = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (1234.4, "1230"),
        (123456, f"123{NARROW}000"),
        (0.012345, "0.0123"),
        (9.996, "10.0"),
        (-2.5, f"{MINUS}2.50"),
        (1.23e-6, f"1.23{NARROW}×{NARROW}10⁻⁶"),
        (-4.56e9, f"{MINUS}4.56{NARROW}×{NARROW}10⁹"),
        (999_999, f"1.00{NARROW}×{NARROW}10⁶"),
    ],
)
def test_significant_digits(value, text):
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.986, "0.99"),
        (-0.001, "0.00"),
        (-0.006, f"{MINUS}0.01"),
        (-37.2, f"{MINUS}37"),
        (-1234.5, f"{MINUS}1230"),
        (math.nan, "–"),
    ],
)
def test_scores_have_two_decimals_and_no_negative_zero(value, text):
    assert wording.score(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.2, "+0.20"), (-0.2, f"{MINUS}0.20"), (0.001, "0.00"), (0.0, "0.00"), (12.0, "+12")]
)
def test_differences_carry_their_sign(value, text):
    assert wording.signed(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0"), (1, "100"), (0.004, "< 1"), (0.997, "> 99"), (0.5, "50"), (-0.02, f"{MINUS}2")]
)
def test_percentages_are_never_rounded_to_none_or_all(share, text):
    assert wording.percent(share).replace(NARROW, " ") == f"{text} %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "12 ms"),
        (1.24, "1.2 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3599.7, "1 h 0 min"),
        (7260, "2 h 1 min"),
        (math.nan, "–"),
    ],
)
def test_durations(seconds, text):
    assert wording.duration(seconds).replace(NARROW, " ") == text


def test_small_numbers_stay_decimal_in_a_row_with_larger_ones():
    assert wording.alike([-0.0017, -0.00034]) == [f"{MINUS}0.00170", f"{MINUS}0.000340"]
    assert "×" in wording.alike([1e-9, 2e-9])[0]


def test_labels_within_a_sentence_keep_abbreviations():
    assert wording.lowered("Cycle life") == "cycle life"
    assert wording.lowered("DC resistance") == "DC resistance"


def test_bytes_and_units():
    assert wording.size(2**20 * 871).replace(NARROW, " ") == "871 MiB"
    assert wording.quantity(0.0214, "ohm").replace(NARROW, " ") == "0.0214 Ω"
    assert wording.quantity(2.4, "-") == "2.40"


def test_a_long_manifest_leaves_out_its_longest_lists_and_says_so():
    manifest = {"name": "x", "jobs": [{"model": "m" * 50}] * 100, "targets": [{"name": "t"}]}
    text = wording.manifest_text(manifest, limit=2000)
    assert "100 entries, too long to show here" in text
    assert '{"name":"t"}' in text
