"""The held-out set: rendered 720p clips that no training code knows, fixed before the event net was first trained."""
