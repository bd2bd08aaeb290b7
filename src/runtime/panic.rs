//! A panic anywhere: the terminal first, then the report, then the end.

use super::tty::Tty;

/// From now on a panic of any thread or task gives the terminal back before it is reported, and ends the
/// process: a kennel that has lost a part of itself must not go on changing a cluster. A running operation
/// is interrupted; its journal lets the next kennel go on with it.
pub fn restore_first(tty: Tty) {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        tty.leave();
        report(info);
        std::process::exit(1);
    }));
}
