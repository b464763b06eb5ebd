"""Makes the sound of a timeline: `FoleyRenderer` mixes what the models of single sounds make."""
