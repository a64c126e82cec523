"""Imports: files from elsewhere become areas and service locations, all or nothing, with a report."""

from geodata.imports.areas import import_areas
from geodata.imports.reasons import SourceRefused
from geodata.imports.report import ImportReport, RefusedRow
from geodata.imports.service_locations import import_service_locations
from geodata.imports.source import read_source

__all__ = [
    "ImportReport",
    "RefusedRow",
    "SourceRefused",
    "import_areas",
    "import_service_locations",
    "read_source",
]
