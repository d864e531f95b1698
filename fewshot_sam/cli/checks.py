"""The checks behind ``doctor``; each returns what it found and never raises."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from fewshot_sam import __version__
from fewshot_sam.cli.report import versions
from fewshot_sam.data.folders import cache_folder, data_home, files_below
from fewshot_sam.errors import UserError

NEEDED_FREE_GB = 2.0
NEEDED_MEMORY_GB = 4.0
DICOM_DECODERS = ("pylibjpeg", "openjpeg", "libjpeg")
NIIVUE_IN_NILEARN = "_assets/js/niivue.umd.js"


@dataclass(frozen=True)
class CheckResult:
    """What one check found: a line for people, the same as values, and what is wrong, if anything."""

    text: str
    facts: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def program() -> CheckResult:
    """This program, Python and the operating system."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return CheckResult(f"fewshot_sam {__version__}, Python {platform.python_version()}, {system}")


def libraries() -> CheckResult:
    """Versions of the libraries that shape the result."""
    found = versions()
    missing = [name for name, version in found.items() if version == "missing"]
    return CheckResult(
        ", ".join(f"{name} {version}" for name, version in found.items() if name != "fewshot_sam"),
        found,
        [f"{name} is not installed; run 'pip install -r requirements.txt'." for name in missing],
    )


def processor() -> CheckResult:
    """Cores this process may use and the machine's memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    faults = []
    if memory_gb < NEEDED_MEMORY_GB:
        faults.append(f"The machine must have {NEEDED_MEMORY_GB:g} GB of memory, it has {memory_gb:.1f} GB.")
    return CheckResult(
        f"{cores} cores, {memory_gb:.1f} GB memory", {"cores": cores, "memory_gb": memory_gb}, faults
    )


def device(name: str) -> CheckResult:
    """The device asked for, and the GPUs there are."""
    import torch

    from fewshot_sam.encoders.devices import resolve_device

    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    facts = {"cuda": gpus, "torch_threads": torch.get_num_threads()}
    try:
        chosen = str(resolve_device(name))
    except UserError as error:
        return CheckResult(f"{name} (not available)", facts, [str(error)])
    return CheckResult(f"{chosen} (GPUs: {', '.join(gpus) or 'none'})", {"device": chosen, **facts})


def encoder(name: str, device_name: str) -> CheckResult:
    """Loads the encoder and encodes an empty image twice, the second time by the clock."""
    from fewshot_sam.encoders import load_encoder

    try:
        loaded = load_encoder(name, device=device_name)
        blank = np.zeros((1, 3, loaded.input_size, loaded.input_size), np.float32)
        loaded.encode(blank)
        started = time.perf_counter()
        loaded.encode(blank)
    except Exception as error:  # whatever stops the encoder is what doctor is asked to name
        return CheckResult(f"{name} (does not run)", {}, [f"The encoder {name} does not run: {error}"])
    slice_s = time.perf_counter() - started
    return CheckResult(
        f"{loaded.backend}, {slice_s * 1000:.0f} ms a slice", {"backend": loaded.backend, "slice_s": slice_s}
    )


def image_decoders() -> CheckResult:
    """Whether the plug-ins that decode compressed DICOM are there."""
    missing = [name for name in DICOM_DECODERS if not importable(name)]
    faults = [
        f"Compressed DICOM cannot be read without {name}; run 'pip install -r requirements.txt'."
        for name in missing
    ]
    return CheckResult(
        "NIfTI, NRRD, MetaImage, DICOM (JPEG, JPEG-LS, JPEG 2000), PNG, JPEG, TIFF", {}, faults
    )


def reading_process() -> CheckResult:
    """What confines the process that reads files from outside; it tries to escape."""
    from fewshot_sam.io.sandbox.reading import check_confinement

    try:
        found = check_confinement()
    except (UserError, OSError) as error:
        return CheckResult("does not run", {}, [f"The reading process does not run: {error}"])
    return CheckResult(str(found), {"landlock": found.landlock, "seccomp": found.seccomp})


def importable(module: str) -> bool:
    """Whether a module can be imported."""
    try:
        importlib.import_module(module)
    except Exception:  # a broken binary raises anything
        return False
    return True


def viewer() -> CheckResult:
    """Whether the installed nilearn brings the NiiVue build that the viewer loads."""
    try:
        script = Path(str(metadata.distribution("nilearn").locate_file("nilearn"))) / NIIVUE_IN_NILEARN
        found = script.is_file()
    except metadata.PackageNotFoundError:
        found = False
    faults = (
        []
        if found
        else ["The viewer's NiiVue is not in nilearn; install the nilearn version in requirements.txt."]
    )
    return CheckResult("NiiVue from nilearn" if found else "NiiVue is missing", {}, faults)


def data_folder() -> CheckResult:
    """Where state is kept, whether it can be written to, and the free space there."""
    home = data_home()
    existing = next(folder for folder in (home, *home.resolve().parents) if folder.exists())
    free_gb = shutil.disk_usage(existing).free / 1e9
    faults = []
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        faults.append(
            f"The data folder {home} cannot be written to ({error.strerror}); set FEWSHOT_SAM_HOME."
        )
    if free_gb < NEEDED_FREE_GB:
        faults.append(f"{home} has {free_gb:.1f} GB free, {NEEDED_FREE_GB:g} GB are needed; free some space.")
    return CheckResult(f"{home}, {free_gb:.1f} GB free", {"path": home, "free_gb": free_gb}, faults)


def embedding_cache() -> CheckResult:
    """Size of the embedding cache."""
    files = list(files_below(cache_folder()))
    size_gb = sum(file.st_blocks * 512 for file in files) / 1e9
    return CheckResult(
        f"{size_gb:.2f} GB in {len(files)} files",
        {"path": cache_folder(), "size_gb": size_gb, "files": len(files)},
    )
