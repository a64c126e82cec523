"""The data dictionary: what every table and field of the house means, who gives it, how long it is kept, whether it is public."""
