"""A visitor of the app as AppTest plays one: what pages there are, how they are opened, and what stands on them."""

import io
import json
import re
from typing import Any

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer.library import Entry, list_runs
from explorer.paths import PRETRAINED, PROJECT
from explorer.records import RunRecord
from explorer.runs import Run
from explorer.ui.state import OTHER_IMAGES, STAND_INS


def recorded(model: str) -> RunRecord:
    """What a shipped model says about itself."""
    return Run(PRETRAINED / model).read_record()


PAGES = sorted(path.stem for path in (PROJECT / "pages").glob("*.py"))
CODE_PAGES = {"codebook"}  # they show what only a VQ-VAE has
LATENT_PAGES = {"sliders", "manifold", "interpolate"}  # they show what only a VAE has
VAE_PAGES = [page for page in PAGES if page not in CODE_PAGES]
VQVAE_PAGES = [page for page in PAGES if page not in LATENT_PAGES]
MODELS = sorted(path.parent.name for path in PRETRAINED.glob("*/run.json"))
WITH_STAND_IN = [name for name in MODELS if recorded(name).data.name in STAND_INS]
PATIENCE = 60  # seconds; the first page imports torch
TYPOGRAPHY = str.maketrans({"\N{FIGURE SPACE}": "", "\N{NON-BREAKING HYPHEN}": "-", "\N{NO-BREAK SPACE}": " "})


# coming and going


def arriving(*, state: dict[str, Any] | None = None, **link: object) -> AppTest:
    """A new visitor before the first page, with what the address says and what the session holds already."""
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE)
    for name, value in link.items():
        app.query_params[name] = str(value)
    for name, value in (state or {}).items():
        app.session_state[name] = value
    return app


def turned(app: AppTest, page: str) -> AppTest:
    """The same visitor on another page."""
    return app.switch_page(f"pages/{page}.py").run()


def opened(page: str, *, state: dict[str, Any] | None = None, **link: object) -> AppTest:
    """Such a visitor on a page."""
    return turned(arriving(state=state, **link), page)


def button_called(app: AppTest, label: str) -> Any:
    """The only button of that label."""
    (button,) = [each for each in app.button if each.label == label]
    return button


def pressed(app: AppTest, key: str) -> AppTest:
    """The page after a click on a button, with nothing wrong."""
    return sound(app.button(key=key).click().run())


# what is right


def sound(app: AppTest) -> AppTest:
    """The page, on which nothing is wrong."""
    assert [each.message for each in app.exception] == []
    assert [each.value for each in app.error] == []
    return app


def assert_explained(app: AppTest) -> None:
    """No traceback, and one popover that says what is seen, beside what the page takes in and gives away."""
    assert [each.message for each in app.exception] == []
    popovers = [each.proto.popover.label for each in app.get("popover")]
    assert [label for label in popovers if label not in {"Upload", "Save", "UMAP"}] == ["What am I looking at?"]


# what is written


def shown(markdown: str) -> str:
    """What a reader sees of escaped Markdown."""
    return re.sub(r"\\(.)", r"\1", markdown)


def words(app: AppTest) -> str:
    """Everything that is written on a page."""
    return "\n".join(shown(each.value) for each in [*app.markdown, *app.caption, *app.info, *app.warning])


def captions(app: AppTest) -> list[str]:
    """What is written in small letters, beside the sidebar."""
    return [shown(each.value) for each in app.main.caption]


def boxes(app: AppTest) -> list[str]:
    """Every sentence in a coloured box."""
    return [shown(each.value) for kind in (app.error, app.warning, app.info) for each in kind]


def notices(app: AppTest) -> list[str]:
    """Every such sentence but the one that the small sets of these tests earn: they are not what was trained on."""
    return [sentence for sentence in boxes(app) if sentence != OTHER_IMAGES]


def links(app: AppTest) -> list[str]:
    """The pages that a page leads to, beside those of the lesson."""
    return [link.proto.page for link in app.get("page_link") if "lesson=" not in link.proto.query_string]


def tables(app: AppTest) -> list[dict[str, list[str]]]:
    """Each table by its columns, without what only aligns it."""
    tidy = [table.value.map(lambda cell: cell.translate(TYPOGRAPHY)) for table in app.table]
    return [{name: [*column] for name, column in table.items()} for table in tidy]


# what is mounted


def components(app: AppTest) -> list[str]:
    """The browser components that were mounted."""
    return [each.proto.component_name.removeprefix("explorer_") for each in app.get("bidi_component")]


def content(app: AppTest) -> list[str]:
    """What a page is for: components, charts and fields."""
    charts = ["chart"] * len(app.get("plotly_chart"))
    return components(app) + charts + [each.label for each in app.number_input]


def mounted(app: AppTest, name: str) -> list[Any]:
    """The messages that mounted the components of a name."""
    return [each.proto for each in app.get("bidi_component") if each.proto.component_name == f"explorer_{name}"]


def facts_of(app: AppTest, name: str) -> list[dict[str, Any]]:
    """What each of these was given, where that is no blob."""
    return [json.loads(each.json) for each in mounted(app, name)]


def sheets(app: AppTest) -> list[dict[str, Any]]:
    """What the image sheets of a page were given."""
    return facts_of(app, "sheet")


def sheet(app: AppTest) -> dict[str, Any]:
    """The same where there is one sheet."""
    (found,) = sheets(app)
    return found


def split(content: bytes) -> tuple[str, bytes]:
    """What a component was given as bytes: its second line, which names what follows, and that."""
    _, name, blob = content.split(b"\n", 2)
    return name.decode(), blob


def blob_of(app: AppTest, name: str) -> tuple[str, bytes]:
    """The same for the only component of a name."""
    (found,) = mounted(app, name)
    return split(found.bytes)


def header_of(blob: bytes) -> dict[str, Any]:
    """What a safetensors file says of its tensors, and its metadata."""
    length = int.from_bytes(blob[:8], "little")
    return dict(json.loads(blob[8 : 8 + length]))


# the panel of a VAE's latents, on Sliders and on Interpolate


def panel_blob(app: AppTest) -> tuple[str, bytes]:
    """The tag and the blob of the panel, which is alone on its page, beside what carries the server's answers."""
    (panel,) = [each.proto for each in app.get("bidi_component") if each.proto.component_name != "explorer_decodes"]
    return split(panel.bytes)


def panel_metadata(app: AppTest) -> dict[str, str]:
    """The metadata of that blob."""
    return dict(header_of(panel_blob(app)[1])["__metadata__"])


def panel_of(app: AppTest) -> dict[str, Any]:
    """The facts that the panel was given."""
    return dict(json.loads(panel_metadata(app)["panel"]))


def tag_of_panel(app: AppTest) -> str:
    """The tag of that blob."""
    return panel_blob(app)[0]


def sliders_at(app: AppTest, z: list[float], start: int = 0) -> dict[str, Any]:
    """What the page sends when a slider is released."""
    return {"committed": {"z": z, "start": start, "basis": "latent", "tag": tag_of_panel(app), "seq": 1}}


# things at hand


def entry_of(key: str) -> Entry:
    """A run as the library lists it."""
    (found,) = [entry for entry in list_runs()[0] if entry.key == key]
    return found


def png(pixels: np.ndarray) -> bytes:
    """An image as a visitor's file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
