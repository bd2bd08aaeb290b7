//! The `kennel` program: parse arguments, call run; no logic.

fn main() -> std::process::ExitCode {
    kennel::cli::main()
}
