"""The checks of models after training, one a file."""
