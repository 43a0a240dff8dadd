"""Times and errors side by side with the peers that are installed."""
