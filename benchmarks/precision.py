"""Does bf16 cost anything? Test loss of `mnist-20` after full trainings in both precisions, three seeds.

Run from the project's folder, with MNIST in the data root: python -m benchmarks.precision [EPOCHS]
"""

import sys
import tempfile
from pathlib import Path
from statistics import mean

from explorer.recipes import find_recipe
from explorer.runs import Run
from explorer.training import train

SEEDS = (0, 1, 2)


def main() -> None:
    """Print the test ELBO of each seed and precision, and the mean difference."""
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else find_recipe("mnist-20").config.training.epochs
    differences = []
    for seed in SEEDS:
        fp32, bf16 = (test_elbo(precision, seed, epochs) for precision in ("fp32", "bf16"))
        differences.append(bf16 - fp32)
        print(f"seed {seed}, {epochs} epochs: fp32 {fp32:.2f}, bf16 {bf16:.2f} nats")
    print(f"bf16 - fp32: {mean(differences):+.2f} nats on average ({', '.join(f'{d:+.2f}' for d in differences)})")


def test_elbo(precision: str, seed: int, epochs: int) -> float:
    """Nats per test image after training."""
    config = find_recipe("mnist-20").config.override(precision=precision, seed=seed, epochs=epochs)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder))
        train(config, run, should_stop=lambda: False, report=lambda _: None)
        return run.read_record().trained.test.elbo


if __name__ == "__main__":
    main()
