"""The child can open nothing but its input and libraries, even if a file makes the parser run its code."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fewshot_sam.io.sandbox import denied_calls
from fewshot_sam.io.sandbox.confinement import (
    PACKAGE,
)
from tests.fewshot_sam.hostile_child import ATTEMPTS, attempts_in_child, needs_landlock, needs_seccomp


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """A data folder with a secret in every corner, and an upload to read."""
    files = {
        "input": "home/uploads/mine/image.nii",
        "another upload": "home/uploads/theirs/image.nii",
        "database": "home/fewshot-sam.sqlite3",
        "blob": "home/blobs/ab/abcd.npy",
        "key": "user/.ssh/id_ed25519",
        "outside": "outside.txt",
    }
    for name in files.values():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("secret")
    (tmp_path / "home/uploads/mine/link.raw").symlink_to(tmp_path / "outside.txt")
    return {name: tmp_path / path for name, path in files.items()} | {"root": tmp_path}


@pytest.fixture
def listeners(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Servers on this machine that the child could reach without confinement."""
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        address = str(tmp_path / "socket")
        named.bind(address)
        abstract.bind(f"\0fewshot-sam-test-{os.getpid()}")
        for server in (named, abstract):
            server.listen()
        yield {
            "tcp": tcp.getsockname(),
            "named": address,
            "abstract": f"\0fewshot-sam-test-{os.getpid()}",
        }


def readings(places: dict[str, Path]) -> dict[str, str]:
    """Attempts to read what is no input."""
    parent = os.getpid()
    files = {
        **{name: path for name, path in places.items() if name not in ("input", "root")},
        "through a link in the upload": places["input"].parent / "link.raw",
        "through the private folder": f"{places['input'].parent}/../theirs/image.nii",
        "init's environment": "/proc/1/environ",
        "server's environment": f"/proc/{parent}/environ",
        "server's memory": f"/proc/{parent}/mem",
        "server's program": f"/proc/{parent}/cmdline",
        "server's root": f"/proc/{parent}/root{places['outside']}",
        "own environment": "/proc/self/environ",
        "users": "/etc/passwd",
        "a file of the checkout": PACKAGE.parent / "pyproject.toml",
        "the server's code": PACKAGE.parent / "backend" / "config.py",
        "shared memory": "/sys/kernel/notes",
    }
    attempts = {name: f"open({str(path)!r}, 'rb').read(10).hex()" for name, path in files.items()}
    for name, folder in {"root": "/", "uploads": places["input"].parents[1], "tmp": "/tmp"}.items():
        attempts[f"list {name}"] = f"os.listdir({str(folder)!r})"
    return attempts


def writings(places: dict[str, Path]) -> dict[str, str]:
    """Attempts to change what is not the private folder."""
    outside, upload = str(places["outside"]), str(places["input"])
    new = str(places["root"] / "new")
    private = "os.environ['TMPDIR'] + "
    return {
        "write a file": f"written({outside!r})",
        "make a file": f"written({new!r})",
        "make a folder": f"os.mkdir({new!r})",
        "write the input": f"written({upload!r})",
        "write beside the input": f"written({upload + '.new'!r})",
        "write the program": f"written({str(PACKAGE / 'planted.py')!r})",
        "truncate": f"os.truncate({outside!r}, 0)",
        "remove": f"os.unlink({str(places['key'])!r})",
        "move in": f"os.rename({outside!r}, {private} '/in')",
        "move out": f"(written({private} '/answer'), os.rename({private} '/answer', {new!r}))",
        "link to outside": f"os.symlink({outside!r}, {private} '/link')",
        "link the input": f"os.link({upload!r}, {private} '/hard')",
        "named pipe": f"os.mkfifo({private} '/pipe')",
    }


@needs_landlock
def test_no_file_but_the_input_can_be_read(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = readings(places) | {
        "the input": f"open({str(places['input'])!r}).read()",
        "a library": f"open({os.__file__!r}).read(1)",
        "this program": f"open({str(PACKAGE / 'errors.py')!r}).read(1)",
    }
    found = attempts_in_child(monkeypatch, [places["input"]], attempts)
    assert {name for name, (result, _) in found.items() if result == "worked"} == {
        "the input",
        "a library",
        "this program",
    }


@needs_landlock
def test_a_folder_as_input_gives_its_files_only(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = places["input"].parent
    attempts = readings(places) | {"the input": f"open({str(places['input'])!r}).read()"}
    found = attempts_in_child(monkeypatch, [folder], attempts)
    assert [name for name, (result, _) in found.items() if result == "worked"] == ["the input"]


@needs_landlock
def test_nothing_but_the_private_folder_can_be_written(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = writings(places) | {"private": "written(os.environ['TMPDIR'] + '/mine')"}
    before = sorted(places["root"].rglob("*"))
    found = attempts_in_child(monkeypatch, [places["input"]], attempts)
    assert [name for name, (result, _) in found.items() if result == "worked"] == ["private"]
    assert sorted(places["root"].rglob("*")) == before
    assert all(places[name].read_text() == "secret" for name in places if name != "root")


@needs_seccomp
def test_no_network_no_programs_no_other_processes(
    places: dict[str, Path], listeners: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, target = os.getpid(), str(places["input"])
    attempts = {
        "tcp": f"connected(socket.AF_INET, socket.SOCK_STREAM, {listeners['tcp']!r})",
        "udp": f"connected(socket.AF_INET, socket.SOCK_DGRAM, {listeners['tcp']!r})",
        "named socket": f"connected(socket.AF_UNIX, socket.SOCK_STREAM, {listeners['named']!r})",
        "abstract socket": f"connected(socket.AF_UNIX, socket.SOCK_STREAM, {listeners['abstract']!r})",
        "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket pair": "socket.socketpair()",
        "execv": "os.execv('/bin/true', ['true'])",
        "subprocess": "subprocess.run([sys.executable, '-c', ''])",
        "posix_spawn": "os.posix_spawn('/bin/true', ['true'], {})",
        "fork": "os.fork()",
        "signal to the server": f"os.kill({parent}, 0)",
        "signal to all": "os.kill(-1, 0)",
        "own session": "os.setsid()",
        "processors of the server": f"os.sched_setaffinity({parent}, {{0}})",
        "signal by a pipe": f"system_call({number('fcntl')}, os.pipe()[0], 8, {parent})",
        "kill by a pipe": f"system_call({number('fcntl')}, os.pipe()[0], 10, 9)",
        "kernel's queue of reads": f"system_call({number('io_setup')}, 10, 0)",
        "open for ioctl": f"os.open({target!r}, 3)",
        "empty a library by opening": f"os.open({json.__file__!r}, os.O_RDONLY | os.O_TRUNC)",
        "flags that no filter sees": "system_call(437, -100, 0, 0, 0)",
        "pidfd": f"os.pidfd_open({parent})",
        "ptrace": f"system_call({number('ptrace')}, 16, {parent}, 0, 0)",
        "server's memory": f"system_call({number('process_vm_readv')}, {parent}, 0, 0, 0, 0, 0)",
        "io_uring": f"system_call({number('io_uring_setup')}, 1, 0)",
        "memory file": "os.memfd_create('more')",
        "mode of the input": f"os.chmod({target!r}, 0o777)",
        "owner of the input": f"os.chown({target!r}, 1, 1)",
        "time of the input": f"os.utime({target!r}, (1, 1))",
        "attribute of the input": f"os.setxattr({target!r}, 'user.a', b'1')",
        "outlive the server": f"system_call({number('prctl')}, 1, 0, 0, 0, 0)",
        "more memory": "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        "a call newer than the table": "system_call(460, 0)",
    }
    found = attempts_in_child(monkeypatch, [places["input"]], attempts)
    assert [name for name, (result, _) in found.items() if result == "worked"] == []
    assert {reason for _, (_, reason) in found.items()} <= {
        "EPERM",
        "ENOSYS",
        "EACCES",
        "not allowed to raise maximum limit",
    }


def test_without_confinement_the_same_attempts_work(
    places: dict[str, Path], listeners: dict[str, Any]
) -> None:
    """So what is refused above is refused by the confinement, not by a mistake in an attempt."""
    attempts = {
        name: attempt
        for name, attempt in (readings(places) | writings(places)).items()
        if "/proc/1/" not in attempt
        and name
        not in ("server's memory", "shared memory", "own environment", "write the program", "link the input")
    }
    attempts |= {
        "tcp": f"connected(socket.AF_INET, socket.SOCK_STREAM, {listeners['tcp']!r})",
        "named socket": f"connected(socket.AF_UNIX, socket.SOCK_STREAM, {listeners['named']!r})",
        "subprocess": "subprocess.run([sys.executable, '-c', '']).returncode",
        "fork": "os.fork() or os._exit(0)",
    }
    for name in ("make a folder", "move out"):
        attempts[name] = attempts.pop(name).replace(str(places["root"] / "new"), str(places["root"] / name))
    private = places["root"] / "private"
    private.mkdir()
    script = ATTEMPTS + f"print(json.dumps(outcomes({attempts!r})))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"TMPDIR": str(private)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert {name: result for name, result in found.items() if result[0] != "worked"} == {}


def test_the_environment_holds_no_secret(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    planted = {
        "FEWSHOT_SAM_SECRET": "1",
        "DATABASE_URL": "postgresql://user:secret@host/db",
        "HF_TOKEN": "hf_secret",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "PYTHONSTARTUP": "/secret",
        "LD_PRELOAD_": "secret",
        "PYTHONPATH": f"{places['root']}:{places['root']}/site-packages",
    }
    for name, value in planted.items():
        monkeypatch.setenv(name, value)
    attempts = {
        "environment": "dict(os.environ)",
        "mask": "os.umask(0)",
        "path": "sys.path",
        "folder": "os.getcwd()",
    }
    attempts |= {
        name: f"list(resource.getrlimit(resource.RLIMIT_{name}))"
        for name in ("CORE", "NOFILE", "FSIZE", "CPU")
    }
    found = {
        name: value
        for name, (_, value) in attempts_in_child(monkeypatch, [places["input"]], attempts).items()
    }
    environment = found["environment"]
    assert set(environment) <= {
        "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV",
        "PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "PYTHONDONTWRITEBYTECODE", "HOME", "TMPDIR",
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    }  # fmt: skip
    assert environment["HOME"] == environment["TMPDIR"] == found["folder"]
    assert str(places["root"]) not in found["path"]
    assert f"{places['root']}/site-packages" in found["path"]
    assert (found["mask"], found["CORE"]) == (0o077, [0, 0])
    assert found["NOFILE"][0] == found["NOFILE"][1] <= 256
    assert all(found[name][0] == found[name][1] > 0 for name in ("FSIZE", "CPU"))


def number(name: str) -> int:
    """A system call's number on this processor."""
    column = 1 if os.uname().machine == "aarch64" else 0
    others = {"prctl": denied_calls.PRCTL, "fcntl": denied_calls.FCNTL}
    found = {**denied_calls.DENIED, **others}[name][column]
    assert found is not None
    return found
