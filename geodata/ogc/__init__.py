"""OGC API Features (Part 1: Core, Part 2: Coordinate Reference Systems by Reference) at `/ogc/`, over the published sets."""
