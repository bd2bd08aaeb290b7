//! Floor 1: settings as raw values. Reading the file is `runtime`'s and `cli`'s.
