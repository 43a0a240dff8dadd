def test_lives_at_the_cap_are_counted(bend, findings):
    capped = {"cycle_life_status": {1: "censored", 3: "censored"}, "projected_cycle_life": {1: 5000.0, 3: 5000.0}}
    found = findings(bend(rows=capped))
    assert {code: finding.count for code, finding in found.items()} == {"censored_life": 2}
    assert "2 rows of 288 with a life (0.694 %) stand at the cap of 5000 cycles" in found["censored_life"].message
