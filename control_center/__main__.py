"""`python -m control_center`: the `c5` command."""

from control_center.cli import main

main()
