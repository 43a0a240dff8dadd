"""Compact letters: published and hand-made examples, and what letters must say for any set of pairs."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from poregrove.pipelines.scoring.letters import compact_letters, letter_rows


def entries(names):
    return [(name, "f") for name in names]


def letters(names, *pairs):
    found = compact_letters(entries(names), [((a, "f"), (b, "f")) for a, b in pairs])
    return {name: value for (name, _), value in found.items()}


def test_nothing_differs():
    assert letters("abc") == {"a": "a", "b": "a", "c": "a"}


def test_everything_differs():
    assert letters("abc", "ab", "ac", "bc") == {"a": "a", "b": "b", "c": "c"}


def test_the_ends_of_a_ranking_differ_and_the_middle_is_like_both():
    assert letters("123", "13") == {"1": "a", "2": "ab", "3": "b"}


def test_four_treatments_as_a_textbook_shows_them():
    """1 differs from 3 and 4, 2 from 4: overlapping groups a (1 2), b (2 3), c (3 4)."""
    assert letters("1234", "13", "14", "24") == {"1": "a", "2": "ab", "3": "bc", "4": "c"}


def test_the_order_of_pairs_does_not_matter():
    assert letters("1234", "42", "31", "41") == letters("1234", "13", "14", "24")


def test_a_pair_in_the_middle_alone_differs():
    """Only 2 and 3 differ, as where some entries vary more than others: no ranking of groups could say so."""
    assert letters("1234", "23") == {"1": "ab", "2": "a", "3": "b", "4": "ab"}


def test_more_columns_than_letters_get_figures():
    names = [f"m{number}" for number in range(60)]
    found = letters(names, *combinations(names, 2))
    assert (found["m0"], found["m51"], found["m52"]) == ("a", "Z", "a2")


@given(
    st.integers(1, 7).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.sampled_from([*combinations(range(n), 2)] or [(0, 0)])))
    )
)
def test_entries_share_a_letter_exactly_where_they_do_not_differ(drawn):
    size, pairs = drawn
    pairs -= {(0, 0)}
    names = [str(number) for number in range(size)]
    found = letters(names, *[(names[a], names[b]) for a, b in pairs])
    assert all(found.values())
    for a, b in combinations(range(size), 2):
        assert bool(set(found[names[a]]) & set(found[names[b]])) == ((a, b) not in pairs)


def difference(a, b, verdict, regime="new-both"):
    return {
        "target": "t",
        "regime": regime,
        "scale": "raw",
        "model_a": a,
        "features_a": "f",
        "model_b": b,
        "features_b": "f",
    } | {"verdict": verdict}


def score(model, value, metric="r2", regime="new-both"):
    return {
        "target": "t",
        "regime": regime,
        "scale": "raw",
        "model": model,
        "features": "f",
        "metric": metric,
        "value": value,
    }


def test_rows_come_best_first_for_each_target_and_regime():
    differences = [
        difference("low", "high", "b"),
        difference("low", "middle", "undetermined"),
        difference("high", "middle", "undetermined"),
        difference("low", "high", "undetermined", "random"),
    ]
    scores = [score("low", 0.1), score("high", 0.9), score("middle", 0.5), score("low", 9.0, "mae")]
    scores += [score("low", 0.99, regime="random"), score("high", 0.98, regime="random")]
    found = [(row["regime"], row["model"], row["letters"], row["value"]) for row in letter_rows(differences, scores)]
    assert found == [
        ("new-both", "high", "a", 0.9),
        ("new-both", "middle", "ab", 0.5),
        ("new-both", "low", "b", 0.1),
        ("random", "low", "a", 0.99),
        ("random", "high", "a", 0.98),
    ]


def test_a_run_has_letters_that_agree_with_its_differences(make, runner, models):
    chosen = [models[name] for name in ("mean", "design-mean", "linear")]
    runner.run(make(20, 24), *chosen, targets=("projected_cycle_life",), feature_sets=("none", "scalars"))
    runner.score(*chosen)
    table = runner.table("letters").set_index(["regime", "model", "features"])["letters"]
    differences = runner.table("differences")
    assert len(table)
    for row in differences.itertuples():
        one, other = table[row.regime, row.model_a, row.features_a], table[row.regime, row.model_b, row.features_b]
        assert bool(set(one) & set(other)) == (row.verdict == "undetermined")
    assert table.groupby("regime").nunique()["random"] > 1
