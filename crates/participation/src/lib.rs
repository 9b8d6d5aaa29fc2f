//! A report's life: validation, place to village, states, photos.
