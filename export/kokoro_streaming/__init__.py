"""Makes Kokoro stream inside the sentence: the generator a plain convolutional graph, its norms predicted."""
