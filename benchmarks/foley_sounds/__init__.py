"""What a judge makes of the sounds of Foley: are they taken for what they are, and how far are they from real ones."""
