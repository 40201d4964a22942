"""Draw from the prior: of a VAE beside where test images are, of a VQ-VAE code after code."""

import streamlit as st

from explorer.ui.code_sampling import draw_code_sampling
from explorer.ui.handoff import hand_over
from explorer.ui.layout import Metric, explained_errors, metric_row, page_head, require_entry, section, told_errors
from explorer.ui.model_blob import model_blob
from explorer.ui.panel import open_in_sliders
from explorer.ui.remote import decode_for
from explorer.ui.sampler import sampler
from explorer.ui.sampling import SETTINGS, open_sources, sample_blob, save

NAMES = {"prior": "Prior", "gaussian": "Gaussian", "mixture": "Mixture"}

entry = require_entry()
if entry.record.config.has_codes:
    draw_code_sampling(entry)
    st.stop()
page_head(
    "Sample",
    "Drag the temperature: every sample is decoded anew while you do. Click one to see which test images are near.",
    r"A sample is $\hat{x} = \mathrm{decoder}(z)$ with $z = T\varepsilon$. For the prior $p(z) = \mathcal{N}(0, I)$ "
    r"the noise $\varepsilon$ is standard normal, within $\pm t$ where it is truncated, and the *temperature* $T$ "
    r"scales it. What the decoder saw in training is the *aggregate posterior*, "
    r"$q(z) = \frac{1}{N}\sum_n q(z|x_n)$. A Gaussian is fitted to it, and a mixture of as many Gaussians as give "
    r"held-out latents the highest likelihood; both are drawn from with the same $\varepsilon$, and there the "
    "temperature scales the distance from a component's mean. Where the prior draws and no image is encoded it has a "
    "hole. Such a sample is hatched: nobody has been there. Distances count each dimension by the share of its "
    "variance that is between images, so that a dimension which says nothing counts nothing.",
)
with explained_errors(), st.skeleton(height=620):
    blob = sample_blob(entry, SETTINGS.recall(entry).place)
    health = open_sources(entry).health
    decodes_here = model_blob(entry).has_decoder
news = sampler(blob, key="sample")
if not decodes_here:
    decode_for(entry, "sample")
if news.settings is not None:
    SETTINGS.remember(entry, news.settings)
if news.picked is not None:
    hand_over(entry, news.picked.z, news.picked.label)
if news.wish is not None:
    with told_errors():
        save(entry, news.wish)
if st.button("Open in Sliders", icon=":material/tune:", disabled=news.picked is None) and news.picked is not None:
    open_in_sliders(entry, news.picked.z)

if health is None:
    few = "too few" if entry.run.has_latents else "no"
    st.info(
        f"This run stored {few} latents of test images, so the prior stands alone: where images are encoded, and "
        "what of the prior lies beyond them, is not known.",
        icon=":material/info:",
    )
    st.stop()
shares = {name: f"{100 * share:.1f} %" for name, share in health.beyond.items()}
best = list(shares)[-1]
section("Does the prior draw where the images are?")
st.markdown(
    f"Of the prior's draws, **{shares['prior']}** lie further out, or further from every encoded test image, "
    f"than any test image does; of the {'Gaussian' if best == 'gaussian' else best}'s draws {shares[best]}."
)
metric_row(
    [Metric(f"{NAMES[name]}: beyond the data", share, f"of {health.draws:,} draws") for name, share in shares.items()]
    + [
        Metric(
            "KL(q(z) ‖ p(z)), nats",
            f"≥ {max(0.0, health.gain):.2f}",
            f"of {entry.record.trained.test.kl:.1f} an image",
        )
    ]
)
st.caption(
    "At temperature 1, without truncation. The nats are what held-out latents gain when the best fit takes the prior's "
    "place. They are the part of the KL term that a better prior would save."
)
