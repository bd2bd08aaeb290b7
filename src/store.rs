//! Floor 2: what one person keeps on disk (XDG state folder): audit log, view state.
