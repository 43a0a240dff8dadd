"""Boosting of trees whose histograms are summed once a volume and once a design, not once a row."""
