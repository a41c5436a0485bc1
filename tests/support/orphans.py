"""Ends all processes that a test has left running, whatever their parent is now."""
import ctypes
import os
import pathlib
import signal
import time


def adopt_orphans():
    """Makes all processes that a suite leaves running children of this process, which can then end them."""
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def parent_of(pid):
    try:
        # The name may hold spaces and parentheses; the state and the parent follow the last of them.
        return int(pathlib.Path(f'/proc/{pid}/stat').read_text(errors='replace').rpartition(')')[2].split()[1])
    except (OSError, IndexError):
        return 0


def descendants():
    parents = {int(entry.name): parent_of(entry.name) for entry in pathlib.Path('/proc').iterdir() if entry.name.isdigit()}
    found = {os.getpid()}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found - {os.getpid()}
        found |= more


def end_descendants():
    """Ends all remaining processes, SIGTERM first so that a running instance can end its parts, and reaps them."""
    deadline = time.monotonic() + 5
    asked = set()
    while left := descendants():
        force = time.monotonic() > deadline
        for pid in left if force else left - asked:
            try:
                os.kill(pid, signal.SIGKILL if force else signal.SIGTERM)
            except ProcessLookupError:
                pass
        asked |= left
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.02)
