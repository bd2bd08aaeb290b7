//! The UID of an object of which there are tens of thousands: sixteen bytes where it is a UUID.
//!
//! API servers make UUIDs (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#uids>); a dump or
//! another server may hold anything: that is kept as it is.

use std::fmt;

use super::Text;

/// A UID.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Uid(Form);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    /// A UUID in its usual form: lower case, with its four hyphens.
    Uuid([u8; 16]),
    Other(Text),
}

/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

impl Uid {
    /// Reads a UID.
    pub fn new(raw: &str) -> Self {
        Self(uuid(raw).map_or_else(|| Form::Other(Text::new(raw)), Form::Uuid))
    }

    /// As the API writes it.
    pub fn text(&self) -> Text {
        match &self.0 {
            Form::Uuid(_) => Text::from(self.to_string()),
            Form::Other(text) => text.clone(),
        }
    }
}

/// The bytes of a UUID; `None` for what would not be written the same again.
fn uuid(raw: &str) -> Option<[u8; 16]> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    if raw.len() != 36 {
        return None;
    }
    let mut digits = Vec::with_capacity(32);
    for (at, byte) in raw.bytes().enumerate() {
        match (HYPHENS.contains(&at), byte) {
            (true, b'-') => {}
            (true, _) => return None,
            (false, byte) => digits.push(digit(byte)?),
        }
    }
    let mut bytes = [0; 16];
    for (byte, two) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = two.iter().fold(0, |sum, digit| (sum << 4) | digit);
    }
    Some(bytes)
}

impl Default for Uid {
    /// None: the empty text.
    fn default() -> Self {
        Self(Form::Other(Text::default()))
    }
}

impl From<&str> for Uid {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Uid {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}

impl PartialEq<Text> for Uid {
    fn eq(&self, other: &Text) -> bool {
        match &self.0 {
            Form::Uuid(bytes) => uuid(other).as_ref() == Some(bytes),
            Form::Other(text) => text == other,
        }
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Uuid(bytes) => bytes.iter().enumerate().try_for_each(|(at, byte)| {
                let hyphen = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
                write!(f, "{hyphen}{byte:02x}")
            }),
            Form::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_uuid_takes_sixteen_bytes_and_no_allocation_of_its_own() {
        assert!(matches!(Uid::new("0b4c2f1e-9a3d-4e6f-8b7a-1c2d3e4f5a6b").0, Form::Uuid(_)));
        assert!(size_of::<Uid>() <= 24);
    }

    #[test]
    fn what_is_no_uuid_is_kept_as_it_is_and_two_of_them_are_two() {
        let all = [
            "",
            "u",
            "shop/web-1",
            "0B4C2F1E-9A3D-4E6F-8B7A-1C2D3E4F5A6B",
            "0b4c2f1e-9a3d-4e6f-8b7a-1c2d3e4f5a6",
            "0b4c2f1e9a3d-4e6f-8b7a-1c2d-3e4f5a6b",
        ];
        for (n, raw) in all.iter().enumerate() {
            assert_eq!(Uid::new(raw).text().as_str(), *raw);
            assert_eq!(all.iter().position(|other| Uid::new(other) == Uid::new(raw)), Some(n));
        }
    }

    proptest! {
        #[test]
        fn a_uid_is_written_as_it_was_read(raw in "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-fA-F-]{0,40}") {
            let uid = Uid::new(&raw);
            prop_assert_eq!(uid.to_string(), raw.clone());
            prop_assert!(uid == Text::from(raw.clone()) && uid.text() == raw.as_str());
            let longer = Text::from(raw + "0");
            prop_assert!(uid != longer);
        }
    }
}
