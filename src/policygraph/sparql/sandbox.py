"""What a query worker is kept from: the network, more memory than it is given, and outliving the service.

A SPARQL engine that can fetch (`SERVICE`, `LOAD`) is never trusted to a parser alone. Two locks, each enough by itself:
a network namespace of its own, which has no way out, where the system permits one; and a seccomp filter that refuses to
make sockets, which needs no privilege. `confine` reports which of them hold. Linux only; elsewhere it reports none, and
the gate is all there is.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 1, 38, 22, 2
#: AUDIT_ARCH number and the system calls that make or use connections (socket, io_uring_setup), and that start programs
#: (execve, execveat).
_CALLS = {
    "x86_64": (0xC000003E, (41, 425, 59, 322)),
    "aarch64": (0xC00000B7, (198, 425, 221, 281)),
}
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # _REFUSE answers EPERM


def confine(*, memory: int, network: bool = False) -> tuple[str, ...]:
    """Lock this process in; `memory` is what it may take (address space) beyond what it has now. Gives the locks, none for
    a worker that has to reach another server (`network`)."""
    base = _address_space()
    if base:
        resource.setrlimit(resource.RLIMIT_AS, (base + memory, base + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux" or network:
        die_with_parent()
        return ()
    die_with_parent()
    libc = ctypes.CDLL(None, use_errno=True)
    locks = []
    if libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        locks.append("network namespace")
    if _refuse_sockets(libc):
        locks.append("seccomp")
    return tuple(locks)


def die_with_parent() -> None:
    """Have the system kill this process when the one that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _address_space() -> int:
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


def _refuse_sockets(libc: ctypes.CDLL) -> bool:
    known = _CALLS.get(platform.machine())
    if known is None:
        return False
    architecture, calls = known
    program = [
        _statement(_LOAD, 4),  # the architecture
        _statement(_JUMP_EQUAL, architecture, jump_true=1),
        _statement(_RETURN, _KILL),
        _statement(_LOAD, 0),  # the number of the call
        *(_statement(_JUMP_EQUAL, call, jump_true=len(calls) - at) for at, call in enumerate(calls)),
        _statement(_RETURN, _ALLOW),
        _statement(_RETURN, _REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(program))
    # struct sock_fprog: a count, padding, a pointer
    filters = ctypes.create_string_buffer(struct.pack("@HxxxxxxP", len(program), ctypes.addressof(code)))
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(filters), 0, 0) == 0)


def _statement(code: int, value: int, *, jump_true: int = 0) -> bytes:
    return struct.pack("@HBBI", code, jump_true, 0, value)
