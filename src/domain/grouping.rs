//! Which project and environment a namespace is: by kennel's labels, else by the schemes users have already.
