"""The doors by which open data leaves: for the map, as files, as a feed, and the photos."""
