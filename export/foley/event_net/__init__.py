"""The event net: clips to train it on, the training, its weights, and the ONNX graph built from them."""
