"""Parts that several models share: early stopping, standardisation, checks and native formats."""
