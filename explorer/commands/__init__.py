"""The commands of the command line, a file each: `add(commands)` makes its parser, `run(options)` runs it."""
