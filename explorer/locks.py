"""Locks that a process holds as long as it lives: the system releases those of a dead one."""

import errno
import sys
from pathlib import Path

from filelock import FileLock, Timeout

if sys.platform != "win32":
    import fcntl

HELD = {errno.EAGAIN, errno.EACCES}  # what flock says of a lock that is held, on this file system or that


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock at `path`, which this process need only be able to read."""
    if sys.platform == "win32":
        return _is_refused(path)
    try:
        file = path.open("rb")
    except OSError:  # nobody ever locked it, or it is hidden from this process
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared, so that those who look do not see each other
        except OSError as error:
            return error.errno in HELD
    return False


def _is_refused(path: Path) -> bool:
    """Whether an attempt to hold the lock fails because another process does."""
    if not path.exists():
        return False
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:  # a folder of somebody else's, which this process may only read
        return False
    lock.release()
    return False
