"""Makes the text graph of a VITS voice lighter: the same numbers from less than half of the nodes."""
