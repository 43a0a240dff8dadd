"""The course of a training in the record of a job: the best score so far, in the mean over fits."""

from poregrove.pipelines.training.course import POINTS, mean_course


def test_a_fit_that_has_ended_keeps_its_best_and_none_falls_again():
    short, long = ((1.0, 0.1), (2.0, 0.5), (3.0, 0.3)), ((2.0, 0.2), (13.0, 0.8))
    found = mean_course([short, (), long])
    assert len(found) == POINTS
    assert found[0] == [2.0, (0.5 + 0.2) / 2]
    assert found[-1] == [13.0, (0.5 + 0.8) / 2]
    assert found[-2] == [12.0, (0.5 + 0.2) / 2]


def test_without_a_score_there_is_no_course():
    assert mean_course([]) == []
    assert mean_course([()]) == []
    assert mean_course([((3.0, -0.25),)]) == [[3.0, -0.25]]
