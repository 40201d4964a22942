"""Explorer of generative image models: data, models, training and the app around them.

Imports point down or stay in their line, and never point up:

    app.py  pages/                              may import anything below
    ui/  __main__.py                            Streamlit only here | the command line only here
    commands/                                   what the command line can do, a file each
    comparison_figures.py  anomaly_figures.py   Plotly of several runs | of scores
    figures.py  latent_figures.py  jobs.py      Plotly | Plotly | subprocess, each only here
    anomaly.py  held_out.py                     scores of images | what they are on held-out ones
    prior_report.py  code_inference.py          all that is measured of a prior | codes, ready to answer
    training.py  inference.py  exporting.py     use what is below, never each other
    importing.py                                a run from somebody's weights
    trainer.py  prior_trainer.py                the two stages of a run
    loop.py  browser_net.py                     epochs of steps | a decoder for the browser
    autoencoders.py  prior_learner.py           the losses that are learned from
    learner.py                                  a model and its optimiser, a step at a time
    epochs.py  fitting.py                       what an epoch stores | weights that fit a network
    turns.py  stored_maps.py                    whose turn it is to train | maps, computed once
    code_evaluation.py  prior_evaluation.py     the numbers of codes, and of their prior
    importance.py                               a bound tighter than the ELBO
    evaluation.py  snapshots.py  compute.py     a model's numbers, its pictures, its device
    memory.py  ranks.py                         too little memory | many processes
    comparison.py                               runs beside each other
    evolution_movies.py  evolution.py           how a run learned, epoch by epoch, and movies of it
    reference.py                                a linear model's numbers, to compare with
    aggregate.py                                where images are encoded, as Gaussians
    library.py  runs.py  store.py  map_files.py the format on disk
    maps.py  lift.py  projection.py             where latents lie on a map, and back
    dimensions.py                               what the dimensions of a latent space do
    state_dicts.py  tensor_names.py             somebody's tensors, and what they are called
    code_maps.py  ancestral.py  prior_health.py stored codes | drawing codes | samples beside images
    calibration.py  detection.py                percentiles and residuals | ROC curves
    alterations.py                              changes to images that are known
    datasets/  models/  objectives.py  metrics.py  latent.py  support.py  batches.py  checkpoint.py
    neighbours.py  codebook.py                  nearest latents | what codes do
    alignment.py  principal.py                  latent spaces laid on one another | principal axes
    augmentation.py  masks.py                   scans as they might have been | the head in a slice
    interpolation.py  movies.py  palette.py  schedule.py  clock.py  records.py  recipes.py  config.py
    networks.py  validation.py                  what networks can be | what JSON has to be
    draws.py  sheets.py                         seeded draws | images as one picture
    paths.py  files.py  locks.py  errors.py

`tests/test_imports.py` and ruff's banned-api hold the rule. Nothing is re-exported here.
"""
