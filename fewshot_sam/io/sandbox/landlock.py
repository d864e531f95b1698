"""Landlock (Linux 5.13 and later): a process gives up rights to files and the network for good.

The rules hold for this thread and what it starts, so they are made before any other thread runs.
Reference: the kernel's Documentation/userspace-api/landlock.rst and include/uapi/linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from enum import IntFlag
from pathlib import Path

# These numbers are the same on every processor but Alpha and MIPS.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_OTHER_NUMBERS = ("alpha", "mips")
_ASK_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38


class FileRights(IntFlag):
    """What can be done with files; LANDLOCK_ACCESS_FS_*."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


READ = FileRights.READ_FILE | FileRights.READ_DIR
WORK = (
    READ
    | FileRights.WRITE_FILE
    | FileRights.TRUNCATE
    | FileRights.MAKE_REG
    | FileRights.MAKE_DIR
    | FileRights.REMOVE_FILE
    | FileRights.REMOVE_DIR
)
"""Everything a private folder needs; no links, devices, pipes or sockets, and no programs."""

_OF_FILES = FileRights.EXECUTE | FileRights.WRITE_FILE | FileRights.READ_FILE | FileRights.TRUNCATE
_FIRST_13 = FileRights((1 << 13) - 1)
_NEW_RIGHTS = {2: FileRights.REFER, 3: FileRights.TRUNCATE, 5: FileRights.IOCTL_DEV}
_TCP_BIND_AND_CONNECT = 0b11  # version 4
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11  # version 6


def version() -> int:
    """Version of Landlock's interface in this kernel; 0 where there is none, or it is switched off."""
    if sys.platform != "linux" or os.uname().machine.startswith(_OTHER_NUMBERS):
        return 0
    return max(_system_call(_CREATE_RULESET, None, 0, _ASK_VERSION), 0)


def restrict(rules: Iterable[tuple[Path, FileRights]]) -> int:
    """Give up every right to files but those in ``rules``, TCP, and signals to other processes.

    Args:
        rules: files, or folders with all below them, and what may be done there. What does not
            exist is skipped.

    Returns:
        the version in force; 0 means that this kernel has none, and nothing changed.

    Raises:
        OSError: the kernel has Landlock but refused the rules.
    """
    found = version()
    if not found:
        return 0
    handled = _rights(found)
    ruleset = _checked(_CREATE_RULESET, *_ruleset_attributes(found, handled), 0)
    try:
        for path, rights in rules:
            _add(ruleset, path, rights & handled)
        _no_new_privileges()
        _checked(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return found


def _rights(found: int) -> FileRights:
    rights = _FIRST_13
    for needed, right in _NEW_RIGHTS.items():
        if found >= needed:
            rights |= right
    return rights


def _ruleset_attributes(found: int, handled: FileRights) -> tuple[ctypes.Array[ctypes.c_char], int]:
    network = _TCP_BIND_AND_CONNECT if found >= 4 else 0
    scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if found >= 6 else 0
    size = 24 if found >= 6 else 16 if found >= 4 else 8
    return ctypes.create_string_buffer(struct.pack("=QQQ", handled, network, scopes)), size


def _add(ruleset: int, path: Path, rights: FileRights) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # it does not exist, or this process may not see it: there is nothing to allow
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, descriptor))
        _checked(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)


def _no_new_privileges() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS) was refused")


def _checked(number: int, *arguments: object) -> int:
    result = _system_call(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"Landlock's system call {number} was refused")
    return result


def _system_call(number: int, *arguments: object) -> int:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    passed = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return int(call(ctypes.c_long(number), *passed))
