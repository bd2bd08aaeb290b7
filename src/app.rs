//! Floor 2: the state machine of the dashboard: state, message, effect, update. Pure.
