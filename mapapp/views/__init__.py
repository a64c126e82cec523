"""The pages that join everything."""
