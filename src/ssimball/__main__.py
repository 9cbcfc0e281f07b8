"""``python -m ssimball``: the command line."""

from ssimball.cli.main import main

if __name__ == "__main__":
    main(prog_name="ssimball")
