"""Open311 GeoReport v2: other services hand in matters and read what is public of them. Nothing here tells a person or a dwelling."""
