"""Still frames are passed over, and nothing that enters is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.motion import Motion

U8 = NDArray[np.uint8]
RNG = np.random.default_rng(3)


def street(noise: float = 0.0, light: float = 1.0) -> U8:
    """A ramp, with a sensor's noise on it."""
    ramp = np.linspace(40, 120, 720, dtype=np.float32)[:, None, None] * light
    image = np.broadcast_to(ramp, (720, 1280, 3)) + RNG.normal(0, max(noise, 1e-9), (720, 1280, 3))
    return np.clip(image, 0, 255).astype(np.uint8)


def test_the_first_frame_moves() -> None:
    """There is nothing to compare it with."""
    assert Motion().moved(street())


@pytest.mark.parametrize("noise", [0.0, 3.0, 12.0])
def test_noise_is_no_motion(noise: float) -> None:
    """Not even a night camera's."""
    motion = Motion()
    motion.moved(street(noise))
    assert not any(motion.moved(street(noise)) for _ in range(10))


@pytest.mark.parametrize("noise", [0.0, 3.0, 12.0])
def test_a_vehicle_moves(noise: float) -> None:
    """Even one that is hardly brighter than the road, and far away."""
    motion = Motion()
    for _ in range(5):
        motion.moved(street(noise))
    image = street(noise)
    image[100:180, 600:720] = np.clip(image[100:180, 600:720].astype(int) + 25, 0, 255)
    assert motion.moved(image)


def test_what_creeps_adds_up() -> None:
    """A grey level a frame is less than counts, but not for ever."""
    motion = Motion()
    moved = []
    for at in range(40):
        image = street()
        image[300:500, 200:500] = 100 + at
        moved.append(motion.moved(image))
    assert sum(moved[1:]) > 5
    assert not all(moved)


def test_a_slow_dusk_is_looked_at_now_and_then_only() -> None:
    """Light that fades by a fifth over forty frames."""
    motion = Motion()
    moved = [motion.moved(street(2.0, 1 - at / 200)) for at in range(40)]
    assert sum(moved) < 12


def test_another_size_begins_anew() -> None:
    """A camera that was set to another resolution."""
    motion = Motion()
    motion.moved(street())
    assert motion.moved(np.full((480, 640, 3), 80, np.uint8))
