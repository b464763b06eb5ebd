"""Set-up of the voices: pinned sources -> ONNX surgery -> parity check -> onnx_models/. Unknown to the server."""
