"""The command as `python -m dara.cli`."""

from dara.cli.commands import main

if __name__ == '__main__':
    main(prog_name='dara')
