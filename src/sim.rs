//! Floor 2: the embedded cluster: an in-process Kubernetes API server with controllers.
