"""Explorer of generative image models: data, models, training and the app around them.

Imports point down or stay in their line, and never point up:

    app.py  pages/                              may import anything below
    ui/  __main__.py                            Streamlit only here | the command line only here
    commands/                                   what the command line can do, a file each
    figures.py  jobs.py                         Plotly | subprocess, each only here
    training.py  inference.py  exporting.py     use what is below, never each other
    trainer.py  browser_net.py                  one run's steps | a decoder for the browser
    evaluation.py  snapshots.py  compute.py     a model's numbers, its pictures, its device
    reference.py                                a linear model's numbers, to compare with
    library.py  runs.py                         the format on disk
    datasets/  models/  objectives.py  metrics.py  latent.py  batches.py  checkpoint.py
    palette.py  schedule.py  clock.py  records.py  recipes.py  config.py
    paths.py  files.py  errors.py

`tests/test_imports.py` and ruff's banned-api hold the rule. Nothing is re-exported here.
"""
