"""Locks that a process holds as long as it lives: the system releases those of a dead one."""

from pathlib import Path

from filelock import FileLock, Timeout


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock at `path`."""
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
