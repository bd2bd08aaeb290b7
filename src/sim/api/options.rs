//! What a write may ask for beside the object: `dryRun`, `fieldManager`, `fieldValidation`, `force`.
//! After apimachinery/pkg/apis/meta/v1/validation/validation.go.

use super::Status;
use super::request::{Request, Verb};
use crate::sim::status::Cause;

/// Media type of apply.
pub(super) const APPLY: &str = "application/apply-patch+yaml";
/// Longest name of a manager.
const LONGEST_MANAGER: usize = 128;

/// What becomes of fields that a type does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validation {
    /// They are dropped.
    Ignore,
    /// They are dropped, and named in warnings.
    Warn,
    /// The request is refused.
    Strict,
}

/// Options of a create, update or patch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// Everything but the write is done.
    pub(super) dry_run: bool,
    /// Of the body.
    pub(super) validation: Validation,
    /// Apply takes fields from others.
    pub(super) force: bool,
    /// Whether this is apply.
    pub(super) applies: bool,
}

impl Options {
    /// Reads the query.
    pub(super) fn read(request: &Request) -> Result<Self, Status> {
        let applies = request.verb == Verb::Patch && request.content_type() == APPLY;
        let mut causes = Vec::new();
        let force = request.query("force");
        let manager = request.query("fieldManager");
        if applies && manager.is_empty() {
            causes.push(Cause::required("fieldManager", "is required for apply patch"));
        }
        if request.verb == Verb::Patch && !applies && !force.is_empty() {
            causes.push(Cause::forbidden("force", "may not be specified for non-apply patch"));
        }
        if manager.len() > LONGEST_MANAGER {
            causes.push(Cause::too_long("fieldManager", LONGEST_MANAGER));
        }
        let dry_run = dry_run(request, &mut causes);
        let validation = match request.query("fieldValidation") {
            "Ignore" => Validation::Ignore,
            "" | "Warn" => Validation::Warn,
            "Strict" => Validation::Strict,
            other => {
                causes.push(Cause::unsupported("fieldValidation", other, &["", "Ignore", "Strict", "Warn"]));
                Validation::Ignore
            }
        };
        if causes.is_empty() {
            return Ok(Self { dry_run, validation, force: request.flag("force"), applies });
        }
        let kind = match request.verb {
            Verb::Create => "CreateOptions",
            Verb::Update => "UpdateOptions",
            _ => "PatchOptions",
        };
        Err(Status::invalid_options(kind, &causes))
    }
}

/// `dryRun` of the query, where only `All` is known.
pub(super) fn dry_run(request: &Request, causes: &mut Vec<Cause>) -> bool {
    let asked = request.all("dryRun");
    if asked.iter().any(|v| *v != "All") {
        causes.push(Cause::unsupported_list("dryRun", &asked, &["All"]));
    }
    !asked.is_empty()
}
