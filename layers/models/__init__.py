"""The ground: what is where. Open data only."""

from layers.models.area import Area, AreaLevel, AreaPart
from layers.models.dataset import Dataset
from layers.models.neighbour import NeighbourLayer
from layers.models.place import PlaceName
from layers.models.provided import ProviderType
from layers.models.reference import LayerStyle, ReferenceFeature, ReferenceLayer
from layers.models.service import Service, ServiceLocation
from layers.models.space import Space, SpaceKind

__all__ = [
    "Area",
    "AreaLevel",
    "AreaPart",
    "Dataset",
    "LayerStyle",
    "NeighbourLayer",
    "PlaceName",
    "ProviderType",
    "ReferenceFeature",
    "ReferenceLayer",
    "Service",
    "ServiceLocation",
    "Space",
    "SpaceKind",
]
