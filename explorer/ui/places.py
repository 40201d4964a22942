"""Where the panel of a page stands: as a link says, else as it was left, else at its opening.

The panel's bytes stay equal while a visitor is on the page, so that they travel once: the place in them
is settled on arrival, and what is dragged later goes to the URL and the session alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

from explorer.latent import Start
from explorer.library import Entry
from explorer.ui.handoff import handed
from explorer.ui.picker import has_arrived

PlaceT = TypeVar("PlaceT")
EVERY_MODEL = ""


@dataclass(frozen=True)
class Arrival(Generic[PlaceT]):
    """What a visitor of the page arrives with: where the panel starts, and what was clicked last elsewhere."""

    place: PlaceT
    handed: Start | None


@dataclass(frozen=True)
class Places(Generic[PlaceT]):
    """The places of one page, each model's own.

    Attributes:
        page: its name, as the picker knows it.
        params: what the link may say, by name.
        opening: where the panel starts for a model when nothing says otherwise.
        read: the place that the link's params name; None where they name none of this model.
        write: the params of a place.
        is_shared: whether all models of the page have one place.
    """

    page: str
    params: tuple[str, ...]
    opening: Callable[[Entry], PlaceT]
    read: Callable[[Entry, Mapping[str, str]], PlaceT | None]
    write: Callable[[PlaceT], Mapping[str, str]]
    is_shared: bool = False

    def recall(self, entry: Entry) -> Arrival[PlaceT]:
        """What this visit began with, for this model. Raises RunError when its run cannot be read."""
        visit: dict[str, Arrival[PlaceT]] = st.session_state.setdefault(f"{self.page}_visit", {})
        if has_arrived(self.page) or entry.key not in visit:
            if linked := self._linked(entry):
                self.leave(entry, linked)
            place = self._left.get(self._key(entry))
            visit.clear()  # whoever comes back to a model finds it as it was left
            visit[entry.key] = Arrival(place or self.opening(entry), handed(entry))
            self._to_link(place)
        return visit[entry.key]

    def remember(self, entry: Entry, place: PlaceT) -> None:
        """Keep what was committed for the next visit, and put it into the URL."""
        self.leave(entry, place)
        self._to_link(place)

    def leave(self, entry: Entry, place: PlaceT) -> None:
        """Let the next visit begin at `place`."""
        self._left[self._key(entry)] = place

    @property
    def _left(self) -> dict[str, PlaceT]:
        left: dict[str, PlaceT] = st.session_state.setdefault(f"{self.page}_left", {})
        return left

    def _key(self, entry: Entry) -> str:
        return EVERY_MODEL if self.is_shared else entry.key

    def _linked(self, entry: Entry) -> PlaceT | None:
        """What a link says: an address that this page did not write itself."""
        given = {name: st.query_params[name] for name in self.params if name in st.query_params}
        return self.read(entry, given) if given and given != st.session_state.get(self._written) else None

    def _to_link(self, place: PlaceT | None) -> None:
        params = {} if place is None else dict(self.write(place))
        for name in self.params:
            if name not in params:
                st.query_params.pop(name, None)
            elif st.query_params.get(name) != params[name]:
                st.query_params[name] = params[name]
        st.session_state[self._written] = params

    @property
    def _written(self) -> str:
        return f"{self.page}_written"
