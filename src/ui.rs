//! Floor 3: draws a state. Pure: no clock, no cluster, nothing remembered between frames.
