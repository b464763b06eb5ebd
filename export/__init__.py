"""Set-up of the voices: pinned sources -> ONNX surgery -> parity check -> onnx_models/. The server never imports this."""
