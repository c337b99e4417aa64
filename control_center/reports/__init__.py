"""What became of a run, in the forms that people open, print, import and receive."""
