//! JSON patch (RFC 6902), JSON merge patch (RFC 7396) and strategic merge patch on an object.

use serde_json::Value;

use super::status::Status;
use super::strategic;
use super::types::Type;

/// `object` after the patch.
///
/// # Errors
/// 400 where the patch is no patch, 422 where it does not fit, 415 for kinds of patches that are not served: custom
/// resources (without a `kind`) have no strategic ones.
pub(crate) fn apply(content_type: &str, patch: &[u8], kind: Option<&Type>, object: &Value) -> Result<Value, Status> {
    match content_type {
        "application/merge-patch+json" => {
            let patch: Value = decode(patch)?;
            if !patch.is_object() {
                return Err(undecodable(&format!(
                    "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                    what(&patch)
                )));
            }
            let mut object = object.clone();
            json_patch::merge(&mut object, &patch);
            Ok(object)
        }
        "application/json-patch+json" => {
            let patch: Value = decode(patch)?;
            if !patch.is_array() {
                return Err(undecodable(&format!(
                    "json: cannot unmarshal {} into Go value of type []handlers.jsonPatchOp",
                    what(&patch)
                )));
            }
            let patch: json_patch::Patch = serde_json::from_value(patch).map_err(|_| Status::patch_failed())?;
            let mut object = object.clone();
            json_patch::patch(&mut object, &patch).map_err(|_| Status::patch_failed())?;
            Ok(object)
        }
        "application/strategic-merge-patch+json" => {
            let kind = kind.ok_or_else(|| Status::unsupported_patch(true))?;
            let patch: Value = serde_json::from_slice(patch).map_err(|e| Status::bad_request(&go_error(&e, patch)))?;
            let map = patch.as_object().ok_or_else(|| {
                Status::bad_request(&format!(
                    "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                    what(&patch)
                ))
            })?;
            strategic::apply(kind, object, map).map_err(|e| match e {
                strategic::Error::Format(why) => Status::bad_request(why),
                strategic::Error::Other(why) => Status::failure(500, "", &why, None),
            })
        }
        _ => Err(Status::unsupported_patch(kind.is_none())),
    }
}

fn decode(patch: &[u8]) -> Result<Value, Status> {
    serde_json::from_slice(patch).map_err(|e| undecodable(&go_error(&e, patch)))
}

/// What Go's encoding/json says about bytes that are no JSON.
pub(crate) fn go_error(error: &serde_json::Error, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let at = text.lines().take(error.line().saturating_sub(1)).map(|l| l.len() + 1).sum::<usize>() + error.column();
    match text.get(at.saturating_sub(1)..).and_then(|rest| rest.chars().next()) {
        Some(_) if error.is_eof() => "unexpected end of JSON input".to_owned(),
        Some(c) if error.to_string().starts_with("trailing") => {
            format!("invalid character '{c}' after top-level value")
        }
        Some(c) => format!("invalid character '{c}' looking for beginning of value"),
        None => "unexpected end of JSON input".to_owned(),
    }
}

fn undecodable(why: &str) -> Status {
    Status::bad_request(&format!("error decoding patch: {why}"))
}

/// 415 unless patches of this type are served for the kind.
pub(crate) fn check(content_type: &str, custom: bool) -> Result<(), Status> {
    let known = match content_type {
        "application/merge-patch+json" | "application/json-patch+json" | "application/apply-patch+yaml" => true,
        "application/strategic-merge-patch+json" => !custom,
        _ => false,
    };
    if known { Ok(()) } else { Err(Status::unsupported_patch(custom)) }
}

/// What Go calls a JSON value.
pub(crate) fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
