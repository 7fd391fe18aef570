"""What others may ask of this module through the hub: the shapes in contracts.py, then a file for each subject."""
