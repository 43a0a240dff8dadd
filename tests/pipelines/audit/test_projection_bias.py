def test_measured_lives_that_projections_miss_are_counted(clean, bend, findings):
    life = clean.rows["projected_cycle_life"]
    found = findings(bend(rows={"projection_90": {row: 0.8 * life[row] for row in range(0, 200, 2)}}))
    assert {code: finding.count for code, finding in found.items()} == {"projection_bias": 100}
    message = found["projection_bias"].message
    assert "100 of 144 measured lives are missed by more than 5 %" in message
    assert "+1 % from 86 %, -20 % from 90 %, +1 % from 95 %" in message


def test_a_minority_off_is_no_bias(clean, bend, counts):
    life = clean.rows["projected_cycle_life"]
    assert counts(bend(rows={"projection_90": {row: 0.5 * life[row] for row in range(0, 100, 2)}})) == {}


def test_a_set_that_projects_nothing_has_no_bias(clean, bend, counts):
    life = clean.rows["projected_cycle_life"]
    measured = {"cycle_life_status": dict.fromkeys(range(288), "measured")}
    assert counts(bend(rows=measured | {"projection_95": (0.5 * life).to_dict()})) == {}
