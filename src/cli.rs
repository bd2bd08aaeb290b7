//! Floor 4: the command line: parse, call, print.
