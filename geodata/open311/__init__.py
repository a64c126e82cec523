"""Open311 GeoReport v2 with the extensions of CitySDK: proposals as service requests, in its words. Latitude first lives here only."""
