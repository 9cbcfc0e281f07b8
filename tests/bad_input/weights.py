"""Files that hold no weights, or more than weights; code in them is never run."""

import datetime
import io
import pickle
import warnings
from functools import cache, partial
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

from ssimball.config.model import ModelConfig
from ssimball.errors import ModelError
from ssimball.models.classifier import load_classifier
from ssimball.models.weights import load_state

from .cases import Case


def load(weights, **changes):
    """Load the demo's network with the weights of a file or a name."""
    return load_classifier(ModelConfig.model_validate({"weights": str(weights), **changes}))


@cache
def demo():
    return load_state(ModelConfig())


def saved(content):
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def torchscript():
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), stream)
    return stream.getvalue()


def half_safetensors():
    content = safetensors.torch.save(demo())
    return content[: len(content) // 2]


def load_content(place, make, folder, **changes):
    (folder / place).write_bytes(make())
    load(folder / place, **changes)


def load_folder(folder):
    (folder / "w.pth").mkdir()
    load(folder / "w.pth")


class Trap:
    """An object that creates a file when it is unpickled without restrictions."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def load_code(save, folder):
    """Load a file with code; unpickling without restrictions at the end proves that it works."""
    path, trap = folder / "w.pth", folder / "trap"
    path.write_bytes(save({"fc.weight": Trap(trap)}))
    try:
        load(path)
    finally:
        assert not trap.exists()
        if save is not saved:
            pickle.loads(path.read_bytes())
            assert trap.exists()


def old_pickle(content):
    return pickle.dumps(content, 2)


AGAIN = "get it again, or name one with weights"
TENSORS = (
    "expected tensors by name, alone or under the key state_dict or model; save them by "
    "torch.save(model.state_dict(), ...)"
)
THERE = "expected tensors by name, there; save them by torch.save(model.state_dict(), ...)"
ARRAYS = "save them by torch.save({k: torch.tensor(v) for k, v in arrays.items()}, ...)"
CODE = (
    "which could run code when it is loaded, so it was not; save the weights alone: "
    "torch.save(model.state_dict(), ...)"
)
POINTER = b"version https://git-lfs.github.com/spec/v1\n"
#: Name of the mistake, name of the file, its content, how the message shows it.
NO_WEIGHTS = [
    ("text", "w.pth", b"just text", "9 bytes, beginning b'just text'"),
    ("text for safetensors", "w.safetensors", b"just text", "9 bytes, beginning b'just text'"),
    ("empty", "w.pt", b"", "0 bytes, beginning b''"),
    ("empty safetensors", "w.safetensors", b"", "0 bytes, beginning b''"),
    ("web page", "w.pth", b"<html></html>", "13 bytes, beginning b'<html></html>'"),
]
#: Name of the mistake, what is saved, what the message says about it.
HELD = [
    ("a time beside", {"at": datetime.time()}, f"more than tensors (datetime.time), {CODE}"),
    (
        "a number beside",
        {"fc.weight": torch.ones(1), "epoch": 3},
        f"a value of type int under epoch beside its tensors, {TENSORS}",
    ),
    ("whole model", torch.nn.Linear(2, 2), f"more than tensors (torch.nn.….Linear), {CODE}"),
    ("another key", {"epoch": 3, "mine": {}}, f"a dict of epoch, mine, {TENSORS}"),
    ("another key below", {"state_dict": {"a": 1}}, f"a dict of a under state_dict, {THERE}"),
    ("NumPy's arrays", {"a": np.ones(2)}, f"NumPy's arrays (numpy.…), expected tensors; {ARRAYS}"),
    ("numbered tensors", {0: torch.ones(1)}, f"a dict of 0, {TENSORS}"),
    ("list", [1, 2], f"a list, {TENSORS}"),
    ("one tensor", torch.ones(3), f"a Tensor, {TENSORS}"),
]
FILE = "model.weights: HERE/w.pth"


def no_weights(place):
    suffix = place.rpartition(".")[2]
    return f"model.weights: HERE/{place} is not a .{suffix} file, or damaged"


CASES = [
    *(
        Case(
            name,
            partial(load_content, place, lambda content=content: content),
            f"{no_weights(place)} ({shown}); {AGAIN}",
            ModelError,
        )
        for name, place, content, shown in NO_WEIGHTS
    ),
    *(
        Case(
            name,
            partial(load_content, "w.pth", partial(saved, content)),
            f"{FILE} holds {message}",
            ModelError,
        )
        for name, content, message in HELD
    ),
    Case(
        "pointer of Git LFS",
        partial(load_content, "w.pth", lambda: POINTER),
        f"{FILE} is a pointer of Git LFS, not the weights; get them by git lfs pull",
        ModelError,
    ),
    Case(
        "one part of several",
        partial(load_content, "w-00001-of-00002.pth", lambda: saved({"fc.bias": torch.ones(2)})),
        "model.weights: HERE/w-00001-of-00002.pth is part 00001-of-00002 of the weights; join the "
        "parts in one file",
        ModelError,
    ),
    Case(
        "TorchScript",
        partial(load_content, "w.pt", torchscript),
        "model.weights: HERE/w.pt is a TorchScript archive, which holds code; save the weights "
        "alone: torch.save(torch.jit.load(file).state_dict(), ...)",
        ModelError,
    ),
    Case(
        "weights and their average",
        partial(load_content, "w.pth", partial(saved, {"model": {}, "model_ema": {}})),
        f"{FILE} holds weights under model and their moving average under model_ema; save those "
        "that you want alone",
        ModelError,
    ),
    Case(
        "half a checkpoint",
        partial(load_content, "w.pth", lambda: saved(demo())[:-5000]),
        f"{no_weights('w.pth')} (… bytes, beginning b'PK…'); {AGAIN}",
        ModelError,
    ),
    Case(
        "half of safetensors",
        partial(load_content, "w.safetensors", half_safetensors),
        f"{no_weights('w.safetensors')} (… bytes, beginning …); {AGAIN}",
        ModelError,
    ),
    Case(
        "code",
        partial(load_code, saved),
        f"{FILE} holds more than tensors (getattr), {CODE}",
        ModelError,
    ),
    Case(
        "code in an old checkpoint",
        partial(load_code, old_pickle),
        f"{FILE} holds more than tensors (getattr), {CODE}",
        ModelError,
    ),
    Case(
        "code in a new pickle",
        partial(load_code, pickle.dumps),
        f"{no_weights('w.pth')} (… bytes, beginning …); {AGAIN}",
        ModelError,
    ),
    Case(
        "code of the system",
        partial(load_content, "w.pth", lambda: b"cos\nsystem\n(S'touch trap'\ntR."),
        f"{FILE} holds more than tensors (os.system), {CODE}",
        ModelError,
    ),
    Case(
        "other sha256",
        partial(load_content, "w.pth", lambda: b"abc", sha256="0" * 64),
        # FIPS 180-2, appendix B.1
        f"{FILE} has sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad, "
        f"model.sha256 says {'0' * 64}; take the right file or correct the configuration",
        ModelError,
    ),
    Case(
        "gone",
        lambda folder: load(folder / "w.pth"),
        "model.weights: cannot read HERE/w.pth (No such file or directory); correct the path",
        ModelError,
    ),
    Case(
        "folder",
        load_folder,
        "model.weights: cannot read HERE/w.pth (Is a directory); correct the path",
        ModelError,
    ),
]
