"""What can go wrong for a reason that the user can act on.

    ExplorerError
    ├── ConfigError    a flag, a field or a recipe that does not exist or is out of range
    ├── DatasetError   images that are broken, ambiguous or of the wrong form
    │   └── MissingDatasetError   images that are not on this machine
    └── RunError       a run directory that cannot be read, written, locked or resumed

Every message is one sentence: what was wrong, where, and what to do next. The command line prints
it and exits with 2, a page shows it in place of its content; neither shows a traceback. Anything
else that is raised is a fault of this program.
"""


class ExplorerError(Exception):
    """Base of every error that a user can act on; `str(error)` is one sentence."""


class ConfigError(ExplorerError):
    """A value that configures something is unknown or out of range."""


class DatasetError(ExplorerError):
    """Images cannot be found, read or told apart."""


class MissingDatasetError(DatasetError):
    """Images are not on this machine; an embedded set may stand in."""


class RunError(ExplorerError):
    """A run directory cannot be read, written, locked or resumed."""
