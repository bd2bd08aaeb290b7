//! Floor 4: the event loop: terminal, input, effects.
