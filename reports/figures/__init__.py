"""Figures as inline SVG: small pure functions from summary records to markup."""
