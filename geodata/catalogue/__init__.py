"""The catalogue of what is published: every set with every way to get it, for eyes (`/data/`) and for machines (DCAT-AP)."""
