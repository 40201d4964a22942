"""Somebody's weights file as tensors; nothing but tensors is read from it, and nothing in it is run.

The content decides the form, not the name: safetensors, or what `torch.save` wrote, opened by
torch's unpickler of weights alone. Sizes are bounded before anything is allocated from them.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from torch import Tensor

from explorer.errors import RunError
from explorer.networks import MAX_PARAMETERS

MAX_BYTES = 12 * MAX_PARAMETERS  # of a file: float32 weights and Adam's two moments
WRAPPERS = ("state_dict", "model_state_dict", "model")  # what checkpoints call the state dict among other things
SAVE_ALONE = "save model.state_dict() alone, best as safetensors"


@dataclass(frozen=True)
class StateDict:
    """The tensors of a file by the names that they have there.

    Attributes:
        file: name of the file, without its folder.
        sha256: of its bytes, hexadecimal.
        tensors: on the CPU, in the order of their names; of any number type.
        set_aside: what else a checkpoint held beside its state dict ("epoch", "optimizer").
    """

    file: str
    sha256: str
    tensors: dict[str, Tensor]
    set_aside: tuple[str, ...] = ()


def read_file(path: Path) -> StateDict:
    """The state dict at `path`. Raises RunError when there is none."""
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise RunError(f"{path} {what}; give a .safetensors, .pt or .pth file of weights.")
    try:
        _refuse_large(path.name, path.stat().st_size)
        return read_bytes(path.read_bytes(), path.name)
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}.") from error


def read_bytes(content: bytes, file: str) -> StateDict:
    """The state dict that a file called `file` holds. Raises RunError for anything but tensors."""
    _refuse_large(file, len(content))
    held = _read_safetensors(content, file) if content[8:9] == b"{" else _read_torch(content, file)
    wrapper = next((name for name in WRAPPERS if isinstance(held.get(name), Mapping)), None)
    tensors = held if wrapper is None else held[wrapper]
    _refuse_strange(tensors, file)
    aside = tuple(str(name) for name in held if name != wrapper) if wrapper else ()
    return StateDict(file, hashlib.sha256(content).hexdigest(), dict(sorted(tensors.items())), aside)


def _read_safetensors(content: bytes, file: str) -> dict[str, Any]:
    try:
        return load_safetensors(content)
    except (SafetensorError, KeyError, ValueError) as error:  # KeyError: a number type that torch does not have
        raise RunError(f"{file} is no whole safetensors file ({error}); save it again.") from error


def _read_torch(content: bytes, file: str) -> Mapping[Any, Any]:
    try:
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                _refuse_large(file, sum(member.file_size for member in archive.infolist()))
        held = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except RunError:
        raise
    except Exception as error:  # bytes that are no such file make the reader fail in any way
        raise RunError(f"{file} {_reason(error)}") from error
    if not isinstance(held, Mapping):
        raise RunError(f"{file} holds a {type(held).__name__}, not a state dict; {SAVE_ALONE}.")
    return held


def _reason(error: Exception) -> str:
    foreign = re.search(r"GLOBAL (\S+)", str(error))
    if foreign:
        return f"holds more than tensors ({foreign[1]}), and nothing of it was run; {SAVE_ALONE}."
    return "is neither a safetensors file nor one that torch.save wrote; it may be cut off, or of another kind."


def _refuse_large(file: str, size: int) -> None:
    if size > MAX_BYTES:
        raise RunError(
            f"{file} holds {size / 1e6:,.0f} MB, more than the {MAX_BYTES / 1e6:,.0f} MB that the weights "
            f"of a model here can have; {SAVE_ALONE}."
        )


def _refuse_strange(tensors: Mapping[Any, Any], file: str) -> None:
    """Refuse what is not a plain tensor, and sizes that a view of few numbers can feign."""
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise RunError(f"{file} holds {str(name)!r}, a {type(tensor).__name__} and no tensor; {SAVE_ALONE}.")
        if tensor.device.type != "cpu" or tensor.layout != torch.strided or tensor.is_quantized:
            raise RunError(f"{file} holds {name}, which is not a plain dense tensor; convert it to float32.")
    parameters = sum(tensor.numel() for tensor in tensors.values())
    if parameters > MAX_PARAMETERS:
        raise RunError(f"{file} holds {parameters:,} numbers, more than {MAX_PARAMETERS:,}; it is too large.")
    if not parameters:
        raise RunError(f"{file} holds no tensors; {SAVE_ALONE}.")
