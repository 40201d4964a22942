"""The named recipes: what `train RECIPE` and the Train page offer. A new recipe is one entry."""

from dataclasses import dataclass

from explorer.config import ObjectiveConfig, PixelCNNConfig, RunConfig, TrainingConfig
from explorer.errors import ConfigError
from explorer.networks import ConvVAEConfig, ModelConfig, VAEConfig, VQVAEConfig


@dataclass(frozen=True)
class Recipe:
    """A configuration with a name, and one plain sentence on what it is for."""

    name: str
    summary: str
    config: RunConfig


def find_recipe(name: str) -> Recipe:
    """The recipe called `name`. Raises ConfigError that lists the names there are."""
    if name not in RECIPES:
        raise ConfigError(f"There is no recipe {name!r}; choose one of {', '.join(RECIPES)}.")
    return RECIPES[name]


def _recipe(
    name: str,
    summary: str,
    dataset: str,
    model: ModelConfig,
    objective: ObjectiveConfig,
    training: TrainingConfig,
    prior: PixelCNNConfig | None = None,
) -> Recipe:
    config = RunConfig(
        recipe=name,
        dataset=dataset,
        model=model,
        objective=objective,
        training=training,
        prior=prior or PixelCNNConfig(),
    )
    return Recipe(name, summary, config)


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        _recipe(
            "digits-2d",
            "The demo run: small real digits on a plane, under a minute.",
            "digits",
            VAEConfig(image_size=28, hidden=256, latent_dim=2),
            ObjectiveConfig(),
            TrainingConfig(epochs=120, batch_size=64),
        ),
        _recipe(
            "mnist-20",
            "The classic 784-400-20 VAE on MNIST: sharp digits, twenty sliders.",
            "mnist",
            VAEConfig(image_size=28, hidden=400, latent_dim=20),
            ObjectiveConfig(),
            TrainingConfig(epochs=10, batch_size=128),
        ),
        _recipe(
            "mnist-2d",
            "MNIST squeezed into two numbers, so that the whole latent space is a picture.",
            "mnist",
            VAEConfig(image_size=28, hidden=400, latent_dim=2),
            ObjectiveConfig(),
            TrainingConfig(epochs=30, batch_size=128),
        ),
        *(
            _recipe(
                f"mnist-mse-{latent_dim}",
                f"MNIST in {latent_dim} numbers by squared error, one of three sizes to compare.",
                "mnist",
                VAEConfig(image_size=28, hidden=400, latent_dim=latent_dim),
                ObjectiveConfig(reconstruction="mse"),
                TrainingConfig(epochs=20, batch_size=128),
            )
            for latent_dim in (2, 4, 16)
        ),
        *(
            _recipe(
                f"mnist-beta-{beta:g}",
                f"MNIST in eight numbers with the KL weighed {weight}, one of five weights to compare.",
                "mnist",
                VAEConfig(image_size=28, hidden=200, latent_dim=8),
                ObjectiveConfig(beta=beta),
                TrainingConfig(epochs=20, batch_size=128),
            )
            for beta, weight in (
                (0.0, "not at all"),
                (0.25, "a quarter"),
                (1.0, "as in the bound"),
                (4.0, "four times"),
                (16.0, "sixteen times"),
            )
        ),
        _recipe(
            "mnist-conv-20",
            "MNIST through residual convolutions: the same twenty sliders as mnist-20, ten nats better.",
            "mnist",
            ConvVAEConfig(image_size=28, latent_dim=20),
            ObjectiveConfig(),
            TrainingConfig(epochs=20, batch_size=128, schedule="onecycle"),
        ),
        _recipe(
            "oasis-8",
            "Brain slices of 64 × 64 pixels in eight latent numbers.",
            "oasis",
            VAEConfig(image_size=64, hidden=512, latent_dim=8, projection=True),
            ObjectiveConfig(),
            TrainingConfig(epochs=50, batch_size=128),
        ),
        _recipe(
            "brain-conv-32",
            "Brain slices through convolutions, the KL at a tenth: sharper than oasis-8, with a prior full of holes.",
            "oasis",
            ConvVAEConfig(image_size=64, latent_dim=32, encoder_channels=8, decoder_channels=8),
            ObjectiveConfig(beta=0.1),
            TrainingConfig(epochs=40, batch_size=64, schedule="onecycle"),
        ),
        _recipe(
            "adni-vqvae",
            "Brain scans of 128 × 128 pixels as maps of 32 × 32 codes, and a PixelCNN that draws new ones.",
            "adni",
            VQVAEConfig(image_size=128, codebook_size=256),
            ObjectiveConfig(reconstruction="ssim"),
            TrainingConfig(epochs=20, batch_size=4, learning_rate=4e-4, schedule="onecycle", augmentation="scans"),
            PixelCNNConfig(
                prior_layers=8,
                prior_channels=48,
                prior_dilations=(1, 2, 4, 8),
                prior_dropout=0.2,
                prior_batch_size=4,
                prior_epochs=42,
                prior_augmented_epochs=18,
            ),
        ),
        _recipe(
            "oasis-vqvae",
            "Brain slices of 64 × 64 pixels as maps of 16 × 16 codes, of many subjects, and their PixelCNN.",
            "oasis",
            VQVAEConfig(image_size=64, codebook_size=512),
            ObjectiveConfig(reconstruction="ssim"),
            TrainingConfig(epochs=10, batch_size=8, learning_rate=4e-4, schedule="onecycle", augmentation="scans"),
            PixelCNNConfig(
                prior_layers=8, prior_channels=48, prior_dilations=(1, 2, 4), prior_batch_size=8, prior_epochs=10
            ),
        ),
        _recipe(
            "mnist-vqvae",
            "MNIST as maps of 7 × 7 codes, and a PixelCNN that writes digits code by code.",
            "mnist",
            VQVAEConfig(image_size=28, codebook_size=128, code_dim=16),
            ObjectiveConfig(),
            TrainingConfig(epochs=3, batch_size=64, learning_rate=5e-4, schedule="onecycle"),
            PixelCNNConfig(
                prior_layers=4,
                prior_channels=48,
                prior_dilations=(1, 2),
                prior_dropout=0.1,
                prior_epochs=5,
                prior_batch_size=64,
            ),
        ),
        _recipe(
            "digits-vqvae",
            "Small real digits as maps of 7 × 7 codes, and their PixelCNN: both stages in a minute or two.",
            "digits",
            VQVAEConfig(image_size=28, codebook_size=64, code_dim=8, hidden_channels=32, residual_blocks=1),
            ObjectiveConfig(),
            TrainingConfig(epochs=30, batch_size=64, learning_rate=5e-4, schedule="onecycle"),
            PixelCNNConfig(
                prior_layers=4, prior_channels=32, prior_dilations=(1, 2), prior_epochs=30, prior_batch_size=64
            ),
        ),
    )
}
