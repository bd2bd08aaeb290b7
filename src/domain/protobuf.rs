//! Protobuf as it stands on the wire: fields with numbers and contents, one behind the other.
//! <https://protobuf.dev/programming-guides/encoding/>
//!
//! It is not: what the fields mean. Who reads has a table of the messages that it knows.

use prost::encoding::{WireType, decode_varint};

/// Kubernetes' media type.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// What every body of Kubernetes begins with; behind it comes a `runtime.Unknown`.
/// <https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding>
pub const MAGIC: &[u8] = b"k8s\0";

/// Why bytes are not the message that they should be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ProtoError(pub(crate) String);

impl From<prost::DecodeError> for ProtoError {
    fn from(error: prost::DecodeError) -> Self {
        Self(error.to_string())
    }
}

/// A field's content.
#[derive(Clone, Copy, Debug)]
pub enum Wire<'a> {
    /// A number, whatever it stands for.
    Number(u64),
    /// A text, a message, or bytes.
    Bytes(&'a [u8]),
}

/// How a field begins.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// The field's number.
    pub number: u32,
    /// Bytes of the head itself; of a number all that there is.
    pub length: usize,
    /// Bytes of the content behind it.
    pub content: u64,
}

/// The head of the field at the front; `None` where not all of it has come.
///
/// # Errors
/// What stands there is no field.
pub fn head(bytes: &[u8]) -> Result<Option<Head>, ProtoError> {
    /// A key and a length, each a number of at most 64 bits.
    const LONGEST: usize = 20;
    let mut rest = bytes;
    let mut read = || -> Result<Head, ProtoError> {
        let (number, kind, n) = start(&mut rest)?;
        let content = if kind == WireType::Varint { 0 } else { n };
        Ok(Head { number, length: bytes.len() - rest.len(), content })
    };
    match read() {
        Err(_) if bytes.len() < LONGEST => Ok(None),
        read => read.map(Some),
    }
}

/// Takes a number from the front. Nearly all are of one byte: prost, which takes any buffer, is for the others.
/// (Inlined, as what calls it: a result of its own goes through memory, which was a third of all that reading costs.)
#[inline(always)]
fn varint(rest: &mut &[u8]) -> Result<u64, ProtoError> {
    match *rest {
        [byte, behind @ ..] if *byte < 0x80 => {
            *rest = behind;
            Ok(u64::from(*byte))
        }
        _ => Ok(decode_varint(rest)?),
    }
}

/// Takes the head of a field from the front: its number, how its content is written, and the content where that is a
/// number, else how many bytes it has.
#[inline(always)]
fn start(rest: &mut &[u8]) -> Result<(u32, WireType, u64), ProtoError> {
    let key = varint(rest)?;
    let number = u32::try_from(key >> 3).map_err(|_| ProtoError("a field has no such number".to_owned()))?;
    let kind = WireType::try_from(key & 7)?;
    let n = match kind {
        WireType::Varint | WireType::LengthDelimited => varint(rest)?,
        WireType::SixtyFourBit => 8,
        WireType::ThirtyTwoBit => 4,
        WireType::StartGroup | WireType::EndGroup => return Err(ProtoError("it holds a group".to_owned())),
    };
    Ok((number, kind, n))
}

/// Takes one field from the front.
///
/// # Errors
/// What stands there is no field, or not all of it is there.
#[inline(always)]
pub fn field<'a>(rest: &mut &'a [u8]) -> Result<(u32, Wire<'a>), ProtoError> {
    let (number, kind, n) = start(rest)?;
    if kind == WireType::Varint {
        return Ok((number, Wire::Number(n)));
    }
    let length = usize::try_from(n).unwrap_or(usize::MAX);
    let (bytes, behind) = rest.split_at_checked(length).ok_or_else(|| ProtoError("it ends too early".to_owned()))?;
    *rest = behind;
    Ok((number, Wire::Bytes(bytes)))
}

/// The fields of a message.
#[derive(Clone, Debug)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Wire<'a>), ProtoError>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let read = field(&mut self.0);
        if read.is_err() {
            self.0 = &[];
        }
        Some(read)
    }
}

/// A text.
///
/// # Errors
/// It is no UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, ProtoError> {
    std::str::from_utf8(bytes).map_err(|e| ProtoError(e.to_string()))
}

/// A `Time` or `MicroTime`: seconds since 1970, and nanoseconds; `None` of Go's zero time, which is written as nothing.
///
/// # Errors
/// It is no message.
pub fn time(bytes: &[u8]) -> Result<Option<(i64, i64)>, ProtoError> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in Fields(bytes) {
        match field? {
            (1, Wire::Number(n)) => seconds = n.cast_signed(),
            (2, Wire::Number(n)) => nanos = n.cast_signed(),
            _ => {}
        }
    }
    Ok((seconds != 0 || nanos != 0).then_some((seconds, nanos)))
}
