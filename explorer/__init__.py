"""Explorer of generative image models: data, models, training and the app around them.

Imports point down, and only down:

    app.py, pages/                        may import anything below
    explorer/ui/        __main__.py       Streamlit only here | the command line only here
    figures.py  browser_net.py  jobs.py   Plotly | export to the browser | subprocess, each only here
    training.py         inference.py      both use runs.py and evaluation.py, never each other
    evaluation.py                         a model's numbers on a set of images
    runs.py                               the format on disk
    datasets/ models/ objectives.py metrics.py latent.py
    config.py recipes.py -> paths.py files.py errors.py

`tests/test_imports.py` and ruff's banned-api hold the rule. Nothing is re-exported here.
"""
