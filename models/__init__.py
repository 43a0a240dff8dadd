"""Models: tables (and volumes) in, predictions out. One model a file."""
