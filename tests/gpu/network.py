"""The 3D network on a device: volumes a second in training and prediction, memory, and what a large set would take."""

import time
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from poregrove.models import cnn
from poregrove.models.base import Columns, FitContext, Rows, TrainingData
from poregrove.models.cnn import CNN

MANY = 15_000
"""Volumes of the large set that the measured rates are projected to."""
TARGETS = 3


@dataclass(frozen=True)
class Voxels:
    """Bit-packed volumes in memory, each a flip of one of a few; a run reads them by memory map."""

    shape: tuple[int, int, int]
    packed: np.ndarray
    number: int

    @classmethod
    def random(cls, size, number, distinct=4):
        masks = np.random.default_rng(0).random((distinct, size, size, size)) < 0.5
        return cls((size,) * 3, np.packbits(masks, axis=-1), number)

    def __len__(self):
        return self.number

    def read(self, index):
        return np.roll(self.packed[index % len(self.packed)], index, axis=0)


def measure(*, size=128, number=96, device="cuda"):
    """Plain values: volumes a second in training (a pass over ``number`` volumes) and prediction, peak bytes of the device.

    The settings are those of the model but for one member and a fixed number of passes, and what is
    projected is for the model as it stands: ``MANY`` volumes, all its passes and members.
    """
    import torch

    # weights are not saved here, so what saves them need not be there
    cnn.find_spec = lambda name: find_spec(name) or name == "safetensors" or None
    settings = CNN()
    voxels = Voxels.random(size, number)
    empty = np.zeros((number, 0), np.float32)
    volume, design = np.arange(number, dtype=np.int32), np.full(number, -1, np.int32)
    rows = Rows(empty, empty, volume, design, Columns(), volumes=voxels)
    y = np.random.default_rng(1).standard_normal((number, TARGETS)).astype(np.float32)
    cuda = device == "cuda"
    if cuda:
        torch.cuda.reset_peak_memory_stats()

    def fit(passes):
        began = time.perf_counter()
        fitted = CNN(members=1, epochs=passes).fit(TrainingData(rows, y), None, FitContext(device=device))
        return fitted, time.perf_counter() - began

    # the first chooses convolutions and fills pools; what fits have in common cancels
    fit(1)
    (_, short), (fitted, long) = fit(1), fit(3)
    training = 2 * number / max(long - short, 1e-9)
    trained = int(torch.cuda.max_memory_allocated()) if cuda else None
    fitted.predict(rows)
    began = time.perf_counter()
    fitted.predict(rows)
    prediction = number / (time.perf_counter() - began)
    return {
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "torch": str(torch.__version__),
        "fitted_on": fitted.device,
        "size": size,
        "batch": settings.batch,
        "training_volumes_per_second": training,
        "prediction_volumes_per_second": prediction,
        "peak_bytes": trained,
        "projected": {
            "volumes": MANY,
            "host_bytes": MANY * size * size * -(-size // 8),
            "seconds_a_pass": MANY / training,
            "hours_all_passes_and_members": MANY * settings.epochs * settings.members / training / 3600,
            "prediction_seconds": MANY * settings.members / prediction,
        },
    }
