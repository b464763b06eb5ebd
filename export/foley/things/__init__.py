"""From EfficientNet-Lite0 to a graph that says which of our sounds a picture shows."""
