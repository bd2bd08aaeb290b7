//! Floor 2: the only users of kube towards a cluster: connect, watch, convert, execute.
