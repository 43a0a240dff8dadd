"""Tables that models learn from: rows, arrays, feature sets, groups and the scale of a target."""
