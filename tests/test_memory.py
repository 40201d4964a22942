"""Memory that runs short: smaller pieces, then the CPU, the same results, and a sentence that says so."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from datasets_files import opened
from small_runs import after, assert_equal_runs, resume_small, small_config, train_small
from torch.optim import Adam

from explorer import inference, learner
from explorer.errors import RunError
from explorer.inference import Session
from explorer.memory import Room, is_shortage
from explorer.models.base import VariationalAutoencoder
from explorer.runs import Run
from explorer.training import train

CPU, OTHER = torch.device("cpu"), torch.device("meta")
ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8000000000000 bytes."),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    MemoryError(),
]


@pytest.fixture
def memory(monkeypatch):
    """Memory that is short in encoders and decoders whenever `memory.is_short(images)` says so."""
    memory = SimpleNamespace(is_short=lambda _: False, error=ERRORS[0])

    def limit(name: str) -> None:
        unlimited = getattr(VariationalAutoencoder, name)

        def limited(model, batch, *rest):
            if memory.is_short(len(batch)):
                raise memory.error
            return unlimited(model, batch, *rest)

        monkeypatch.setattr(VariationalAutoencoder, name, limited)

    limit("encode"), limit("decode")
    return memory


@pytest.fixture
def gpu(monkeypatch):
    """A device of its own that computes as the CPU does; `gpu.used` is where computing takes place."""
    gpu = SimpleNamespace(device=torch.device("cpu", 0), used=None)
    place = Room.__init__

    def observed(room: Room, device: torch.device, move) -> None:
        def observed_move(where: torch.device) -> None:
            gpu.used = where
            move(where)

        place(room, device, observed_move)

    monkeypatch.setattr(Room, "__init__", observed)
    for module in (learner, inference):
        monkeypatch.setattr(module, "choose_device", lambda *_: gpu.device)
    return gpu


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    """A run that had all the memory it wanted; only for reading."""
    return train_small(tmp_path_factory.mktemp("runs") / "whole")


# what a shortage is


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_every_way_of_saying_that_memory_is_short_is_understood(error):
    assert is_shortage(error)


def test_torch_says_it_so_on_this_machine():
    with pytest.raises(RuntimeError) as error:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_shortage(error.value)


def test_other_errors_are_passed_on():
    room = Room(CPU, lambda _: None)
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes"):
        room.fit(4, lambda _: torch.ones(2, 3) @ torch.ones(2, 3))


# what is done about it


def test_the_number_is_halved_until_it_fits_and_stays_there():
    asked = []

    def compute(most: int) -> int:
        asked.append(most)
        if most > 30:
            raise MemoryError
        return most

    room = Room(CPU, lambda _: None)
    assert [room.fit(100, compute), room.fit(100, compute), room.fit(7, compute)] == [25, 25, 7]
    assert asked == [100, 50, 25, 25, 7]
    assert room.notices == ("Memory is short, so images are computed 25 at a time, with the same result.",)


def test_where_not_even_one_image_fits_the_cpu_takes_all_of_them():
    places, asked = [], []
    room = Room(OTHER, places.append)

    def compute(most: int) -> int:
        asked.append((room.device.type, most))
        if room.device == OTHER:
            raise torch.OutOfMemoryError
        return most

    assert room.fit(4, compute) == 4
    assert asked == [("meta", 4), ("meta", 2), ("meta", 1), ("cpu", 4)]
    assert places == [OTHER, CPU]
    assert room.notices == ("The GPU has too little memory for even one image, so the CPU computes.",)


def test_a_model_that_does_not_fit_is_placed_on_the_cpu_at_once():
    places = []

    def place(device: torch.device) -> None:
        places.append(device)
        if device == OTHER:
            raise torch.OutOfMemoryError

    assert Room(OTHER, place).device == CPU
    assert places[0] == OTHER
    assert set(places[1:]) == {CPU}


def test_images_that_do_not_fit_stay_where_they_are(monkeypatch):
    def no_room(*_: object) -> None:
        raise torch.OutOfMemoryError

    images = torch.zeros(8, 1, 2, 2, dtype=torch.uint8)
    room = Room(OTHER, lambda _: None)
    assert room.hold(images).device == OTHER
    assert room.notices == ()
    with monkeypatch.context() as patch:
        patch.setattr(torch.Tensor, "to", no_room)
        assert room.hold(images) is images
    assert room.notices == ("The images do not fit into the GPU's memory, so they are sent there a batch at a time.",)


def test_memory_for_nothing_at_all_is_a_sentence():
    def compute(_: int) -> None:
        raise MemoryError

    with pytest.raises(RunError, match=r"^There is too little memory for even one image; .*\.$"):
        Room(CPU, lambda _: None).fit(4, compute)


# training


@pytest.mark.parametrize("error", ERRORS, ids=["cuda", "linux", "cublas", "python"])
def test_a_run_that_is_short_of_memory_becomes_what_it_would_have_become(error, memory, whole, tmp_path):
    memory.is_short, memory.error = lambda images: images > 60, error
    run, seen = Run(tmp_path / "run"), []
    train(small_config(), run, after(None), seen.append)
    assert_equal_runs(run, whole)
    sentence = "Memory is short, so images are computed 44 at a time, with the same result."  # of 359: 179, 89, 44
    assert run.read_status().notices == (sentence,)
    assert [status.notices for status in seen if status.notices] == [(sentence,)]


def test_the_gradients_of_a_step_that_was_given_up_half_way_do_not_count(memory, whole, tmp_path):
    asked = itertools.count()
    run = train_small(tmp_path / "run", stop_after=5)
    memory.is_short = lambda images: images > 100 or next(asked) == 5  # a decoding of the third piece
    resume_small(run)
    assert "50 at a time" in run.read_status().notices[0]
    assert_equal_runs(run, whole)


def test_a_resumed_run_tries_with_all_images_again(memory, whole, tmp_path):
    memory.is_short = lambda images: images > 60
    run = train_small(tmp_path / "run", stop_after=5)
    memory.is_short = lambda _: False
    resume_small(run)
    assert run.read_status().notices == ()
    assert_equal_runs(run, whole)


def test_a_run_whose_gpu_is_taken_away_goes_on_on_the_cpu(memory, gpu, whole, tmp_path):
    images = itertools.count()
    memory.is_short = lambda _: gpu.used == gpu.device and next(images) > 20
    run = train_small(tmp_path / "run")
    assert next(images) > 20
    assert run.read_status().notices == ("The GPU has too little memory for even one image, so the CPU computes.",)
    assert_equal_runs(run, whole)


def test_a_gpu_without_room_for_the_moments_leaves_them_to_the_cpu(gpu, whole, tmp_path, monkeypatch):
    step = Adam.step

    def step_short_of_memory(optimizer: Adam) -> None:
        if gpu.used == gpu.device:
            first = optimizer.param_groups[0]["params"][0]
            optimizer.state[first]["step"] = torch.tensor(0.0)
            raise torch.OutOfMemoryError
        step(optimizer)

    monkeypatch.setattr(Adam, "step", step_short_of_memory)
    assert_equal_runs(train_small(tmp_path / "run"), whole)


def test_a_run_for_which_nothing_is_small_enough_fails_with_a_sentence(memory, tmp_path):
    memory.is_short = lambda _: True
    with pytest.raises(RunError, match="too little memory"):
        train_small(tmp_path / "run")
    assert Run(tmp_path / "run").read_status().message.startswith("There is too little memory for even one image;")


# inference


@pytest.mark.parametrize("fits", [600, 60, 1, 0])
def test_a_session_answers_the_same_however_little_memory_there_is(fits, memory, gpu, whole):
    images = opened("digits", 12)
    digits, test_set = images.images[:600], images.select("test")
    usual = Session(whole)
    latents = usual.encode(digits)[0]
    for answer in (
        lambda session: session.encode(digits)[0],
        lambda session: session.decode(latents),
        lambda session: [*session.evaluate(test_set).model_dump(exclude_none=True).values()],
    ):
        memory.is_short = lambda _: False
        expected, session = answer(usual), Session(whole)
        memory.is_short = lambda images: images > fits and gpu.used == gpu.device
        np.testing.assert_allclose(answer(session), expected, rtol=1e-5, atol=1e-5)
        fewer = f"Memory is short, so images are computed {session.room.most} at a time, with the same result."
        moved = "The GPU has too little memory for even one image, so the CPU computes."
        assert session.notice == {600: "", 60: fewer, 1: fewer, 0: moved}[fits]
        assert fits in (600, 0) or fits / 2 < session.room.most <= fits
