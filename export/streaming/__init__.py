"""Rewrites a convolutional ONNX graph so that it runs a few frames at a time and still gives the whole's output."""
