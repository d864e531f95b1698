"""A seccomp filter: system calls that reading files does not need fail with "not permitted".

It closes what Landlock leaves open or older kernels lack: every kind of socket, other programs,
other processes and their memory, modes and owners of files. Reference: seccomp(2).
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Iterable

from fewshot_sam.io.sandbox import denied_calls as calls

_PROCESSORS = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Column in the table of numbers, and AUDIT_ARCH_* as the kernel states it."""
_X32_CALLS = 0x40000000  # x86_64's second set of numbers for the same calls

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AND = 0x54
_NUMBER, _PROCESSOR, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000

_CLONE_THREAD = 0x00010000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
# File descriptors can send a signal, which may be SIGKILL, to any process of the same user; only from
# version 6 on does Landlock rule over that.
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX, _F_SETLEASE, _F_NOTIFY = 8, 10, 15, 1024, 1026
# Landlock asks no right for an open with access mode 3 (ioctl only), and before version 3 none for O_TRUNC:
# together they empty any file.
_ACCESS_MODE, _O_TRUNC = 3, 0o1000
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def restrict() -> bool:
    """Install the filter for this thread and what it starts; False where this kernel has none."""
    program = _program()
    if program is None:
        return False
    instructions = (_Instruction * len(program))(*program)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    whole = _Program(len(program), instructions)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(whole), 0, 0) == 0)


def _program() -> list[_Instruction] | None:
    if sys.platform != "linux" or sys.byteorder != "little" or sys.maxsize < 2**32:
        return None
    known = _PROCESSORS.get(os.uname().machine)
    if known is None:
        return None
    column, processor = known
    return [
        *_unless_equal(_PROCESSOR, processor, _KILL),
        _step(_LOAD, _NUMBER),
        *([] if column else [_step(_AT_LEAST, _X32_CALLS, 0, 1), _fail(errno.EPERM)]),
        _step(_AT_LEAST, calls.FIRST_UNKNOWN_CALL, 0, 1),
        _fail(errno.ENOSYS),
        *_denied(number for numbers in calls.DENIED.values() if (number := numbers[column]) is not None),
        *_if_call(calls.OPEN[column], _without_truncation_by_readers(1)),
        *_if_call(calls.OPENAT[column], _without_truncation_by_readers(2)),
        # flags in memory, which a filter cannot see; glibc then takes openat, and clone
        *_if_call(calls.OPENAT2[column], [_fail(errno.ENOSYS)]),
        *_if_call(calls.CLONE3[column], [_fail(errno.ENOSYS)]),
        *_if_call(calls.CLONE[column], _needs_bit(_CLONE_THREAD)),
        *(step for number in calls.SIGNALS.values() for step in _if_call(number[column], _only_to_itself())),
        *_if_call(calls.PRLIMIT[column], _only_asking()),
        *_if_call(calls.PRCTL[column], _without_options(0, _PR_SET_PDEATHSIG, _PR_SET_DUMPABLE)),
        *_if_call(
            calls.FCNTL[column],
            _without_options(1, _F_SETOWN, _F_SETSIG, _F_SETOWN_EX, _F_SETLEASE, _F_NOTIFY),
        ),
        _step(_RETURN, _ALLOW),
    ]


def _step(code: int, value: int, jump_true: int = 0, jump_false: int = 0) -> _Instruction:
    return _Instruction(code, jump_true, jump_false, value)


def _fail(error: int) -> _Instruction:
    return _step(_RETURN, _FAIL | error)


def _argument(index: int, *, high: bool = False) -> _Instruction:
    return _step(_LOAD, _ARGUMENTS + 8 * index + (4 if high else 0))


def _unless_equal(offset: int, value: int, result: int) -> list[_Instruction]:
    return [_step(_LOAD, offset), _step(_EQUAL, value, 1, 0), _step(_RETURN, result)]


def _denied(numbers: Iterable[int]) -> list[_Instruction]:
    return [step for number in sorted(numbers) for step in (_step(_EQUAL, number, 0, 1), _fail(errno.EPERM))]


def _if_call(number: int | None, steps: list[_Instruction]) -> list[_Instruction]:
    """``steps`` for this call alone; each list ends in a result."""
    return [] if number is None else [_step(_EQUAL, number, 0, len(steps)), *steps]


def _needs_bit(bit: int) -> list[_Instruction]:
    return [_argument(0), _step(_ANY_BIT, bit, 0, 1), _step(_RETURN, _ALLOW), _fail(errno.EPERM)]


def _only_to_itself() -> list[_Instruction]:
    """abort() sends its signal to the process itself."""
    return [_argument(0), _step(_EQUAL, os.getpid(), 0, 1), _step(_RETURN, _ALLOW), _fail(errno.EPERM)]


def _only_asking() -> list[_Instruction]:
    """prlimit64 with new limits (its third argument) would lift those of this process."""
    return [
        _argument(2),
        _step(_EQUAL, 0, 0, 3),
        _argument(2, high=True),
        _step(_EQUAL, 0, 0, 1),
        _step(_RETURN, _ALLOW),
        _fail(errno.EPERM),
    ]


def _without_truncation_by_readers(index: int) -> list[_Instruction]:
    """Flags of open() at ``index``: O_TRUNC only with the right to write, and no access mode 3."""
    refused = (_O_TRUNC, _ACCESS_MODE, _ACCESS_MODE | _O_TRUNC)
    return [
        _argument(index),
        _step(_AND, _ACCESS_MODE | _O_TRUNC),
        *(step for flags in refused for step in (_step(_EQUAL, flags, 0, 1), _fail(errno.EPERM))),
        _step(_RETURN, _ALLOW),
    ]


def _without_options(index: int, *options: int) -> list[_Instruction]:
    """Any value but these of the argument at ``index``."""
    return [
        _argument(index),
        *(step for option in options for step in (_step(_EQUAL, option, 0, 1), _fail(errno.EPERM))),
        _step(_RETURN, _ALLOW),
    ]
