"""The gazetteer: place names for search, typed coordinates, and places in words."""

from layers.gazetteer.coordinates import parse_coordinates
from layers.gazetteer.landmarks import Landmark, LandmarkFacts, describe, landmarks_for, nearest_landmark
from layers.gazetteer.names import Place, fold, index_areas, index_service_locations, search

__all__ = [
    "Landmark",
    "LandmarkFacts",
    "Place",
    "describe",
    "fold",
    "index_areas",
    "index_service_locations",
    "landmarks_for",
    "nearest_landmark",
    "parse_coordinates",
    "search",
]
