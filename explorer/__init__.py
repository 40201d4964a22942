"""Explorer of generative image models: data, models, training and the app around them.

Imports point down or stay in their line, and never point up:

    app.py  pages/                              may import anything below
    ui/  __main__.py                            Streamlit only here | the command line only here
    commands/                                   what the command line can do, a file each
    figures.py  jobs.py                         Plotly | subprocess, each only here
    training.py  inference.py  exporting.py     use what is below, never each other
    importing.py                                a run from somebody's weights
    trainer.py  browser_net.py                  one run's steps | a decoder for the browser
    learner.py                                  a model and its optimiser, a step at a time
    epochs.py  fitting.py                       what an epoch stores | weights that fit a network
    turns.py                                    whose turn it is to train
    evaluation.py  snapshots.py  compute.py     a model's numbers, its pictures, its device
    memory.py  ranks.py                         too little memory | many processes
    reference.py                                a linear model's numbers, to compare with
    aggregate.py                                where images are encoded, as Gaussians
    library.py  runs.py                         the format on disk
    state_dicts.py  tensor_names.py             somebody's tensors, and what they are called
    datasets/  models/  objectives.py  metrics.py  latent.py  support.py  batches.py  checkpoint.py
    interpolation.py  movies.py  palette.py  schedule.py  clock.py  records.py  recipes.py  config.py
    draws.py  sheets.py                         seeded draws | images as one picture
    paths.py  files.py  locks.py  errors.py

`tests/test_imports.py` and ruff's banned-api hold the rule. Nothing is re-exported here.
"""
