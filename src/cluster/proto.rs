//! Kubernetes' protobuf as serde reads it: the shapes that read JSON read this, too.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding>
//!
//! It costs a server a fraction of what JSON does (of 4,000 Deployments the list is there in half the time), and
//! the reader as well: fields that no row has are passed by unread, and texts have no escapes. Which fields there are
//! is data ([`table`]); a message has names only there. Lists are cut into their items by [`super::split`].
//!
//! It is not: for kinds of custom resources (the server has no protobuf of these), nor for writing.

pub(crate) mod table;

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::domain::protobuf::{self, Wire, field, text};
pub(crate) use crate::domain::protobuf::{Head, MAGIC, MEDIA_TYPE, ProtoError, head};

/// The fields of a message that are read, in the order of their numbers.
#[derive(Debug)]
pub(crate) struct Message(pub(crate) &'static [Field]);

/// One field of a message.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its number on the wire.
    pub(crate) number: u32,
    /// Its name in JSON.
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holds {
    Text,
    Number,
    Bool,
    /// `Time` and `MicroTime`: read as microseconds since 1970, in an `i128`, which no JSON gives.
    Time,
    /// A quantity: its text.
    Quantity,
    /// `IntOrString`: a number, or a text.
    Either,
    One(&'static Message),
    /// A struct that Go inlines: in JSON its fields stand beside the others.
    Inline(&'static Message),
    Many(&'static Holds),
    /// A map with keys of text.
    Map(&'static Holds),
}

impl de::Error for ProtoError {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self(why.to_string())
    }
}

/// Reads a `message` that these are the bytes of.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8], message: &'static Message) -> Result<T, ProtoError> {
    T::deserialize(Value { holds: Holds::One(message), wire: Wire::Bytes(bytes) })
}

/// Reads a whole body that holds a `message`.
pub(crate) fn body<'a, T: Deserialize<'a>>(body: &'a [u8], message: &'static Message) -> Result<T, ProtoError> {
    let mut rest = body.strip_prefix(MAGIC).ok_or_else(|| ProtoError("it is no protobuf of Kubernetes".to_owned()))?;
    while !rest.is_empty() {
        if let (table::RAW, Wire::Bytes(raw)) = field(&mut rest)? {
            return read(raw, message);
        }
    }
    Err(ProtoError("it holds no message".to_owned()))
}

/// One value: of a list or a map all entries, each with its key as it stands in the message.
struct Value<'de> {
    holds: Holds,
    wire: Wire<'de>,
}

impl<'de> Value<'de> {
    fn bytes(&self) -> Result<&'de [u8], ProtoError> {
        match self.wire {
            Wire::Bytes(bytes) => Ok(bytes),
            Wire::Number(_) => Err(self.other("a number")),
        }
    }

    fn number(&self) -> Result<i64, ProtoError> {
        match self.wire {
            Wire::Number(n) => Ok(n.cast_signed()),
            Wire::Bytes(_) => Err(self.other("a text or a message")),
        }
    }

    /// The text of a text or a quantity.
    fn text(&self) -> Result<&'de str, ProtoError> {
        let mut rest = self.bytes()?;
        match self.holds {
            Holds::Text => text(rest),
            Holds::Quantity if rest.is_empty() => Ok(""),
            Holds::Quantity => text(Value { wire: field(&mut rest)?.1, ..*self }.bytes()?),
            _ => Err(self.other("a text")),
        }
    }

    /// It is not what is read there.
    #[cold]
    fn other(&self, wanted: &str) -> ProtoError {
        let holds = match self.holds {
            Holds::Text => "a text",
            Holds::Number => "a number",
            Holds::Bool => "true or false",
            Holds::Time => "a time",
            Holds::Quantity => "a quantity",
            Holds::Either => "a number or a text",
            Holds::One(_) | Holds::Inline(_) => "a message",
            Holds::Many(_) => "a list",
            Holds::Map(_) => "a map",
        };
        ProtoError(format!("{wanted} where {holds} should be"))
    }

    /// The number or the text of an `IntOrString`: its type is 1 where it is a text.
    /// <https://github.com/kubernetes/apimachinery/blob/master/pkg/util/intstr/generated.proto>
    fn either<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, ProtoError> {
        let (mut rest, mut number, mut said) = (self.bytes()?, 0, None);
        while !rest.is_empty() {
            match field(&mut rest)? {
                (2, Wire::Number(n)) => number = n.cast_signed(),
                (3, Wire::Bytes(bytes)) => said = Some(text(bytes)?).filter(|t| !t.is_empty()),
                _ => {}
            }
        }
        match said {
            Some(said) => visitor.visit_borrowed_str(said),
            None => visitor.visit_i64(number),
        }
    }

    /// Microseconds since 1970; of Go's zero time, which is written as nothing, `None`.
    fn microseconds(&self) -> Result<Option<i64>, ProtoError> {
        let time = protobuf::time(self.bytes()?)?;
        Ok(time.map(|(seconds, nanos)| seconds.saturating_mul(1_000_000).saturating_add(nanos / 1000)))
    }
}

/// What a shape asks for is all that it is given: one way for all would be built for each shape, ten times the code.
impl<'de> de::Deserializer<'de> for Value<'de> {
    type Error = ProtoError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProtoError> {
        match self.holds {
            Holds::Text | Holds::Quantity => self.deserialize_str(visitor),
            Holds::Number => visitor.visit_i64(self.number()?),
            Holds::Either => self.either(visitor),
            Holds::Bool => visitor.visit_bool(self.number()? != 0),
            Holds::Time => match self.microseconds()? {
                Some(n) => visitor.visit_i128(n.into()),
                None => visitor.visit_none(),
            },
            Holds::One(_) | Holds::Inline(_) | Holds::Many(_) | Holds::Map(_) => Err(self.other("a single value")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProtoError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ProtoError> {
        #[cfg(test)]
        tests::asked(_name, _fields, self.holds);
        match self.holds {
            Holds::One(message) => visitor.visit_map(Fields::of(self.bytes()?, message)),
            _ => Err(self.other("a message")),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProtoError> {
        match self.holds {
            Holds::Many(each) => visitor.visit_seq(Items { rest: self.bytes()?, each: *each }),
            _ => Err(self.other("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProtoError> {
        match self.holds {
            Holds::Map(each) => visitor.visit_map(Entries { rest: self.bytes()?, each: *each, value: None }),
            _ => Err(self.other("a map")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProtoError> {
        match self.holds {
            Holds::Time if self.bytes()?.is_empty() => visitor.visit_none(),
            // Go writes empty texts; in JSON they are left out.
            Holds::Text if self.bytes()?.is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProtoError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char string bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct enum identifier
    }
}

/// The fields of a message, those of inlined ones among them.
struct Fields<'de> {
    rest: &'de [u8],
    /// What of the table may still come: who writes a message does it in the order of the numbers.
    known: &'static [Field],
    message: &'static Message,
    /// What of the messages around an inlined one is still to come.
    around: Vec<(&'de [u8], &'static Message)>,
    value: Option<Value<'de>>,
}

impl<'de> Fields<'de> {
    fn of(rest: &'de [u8], message: &'static Message) -> Self {
        Self { rest, known: message.0, message, around: Vec::new(), value: None }
    }

    /// The field of that number, where it is read.
    fn known(&mut self, number: u32) -> Option<&'static Field> {
        if self.known.first().is_none_or(|next| next.number > number) {
            // It is not read, or it stands behind one of a higher number.
            self.known = self.message.0;
        }
        let at = self.known.iter().position(|f| f.number >= number)?;
        self.known = self.known.get(at..)?;
        self.known.first().filter(|f| f.number == number)
    }

    /// The next field that is read.
    fn next(&mut self) -> Result<Option<(&'static str, Value<'de>)>, ProtoError> {
        loop {
            while self.rest.is_empty() {
                let Some(around) = self.around.pop() else { return Ok(None) };
                (self.rest, self.message) = around;
                self.known = self.message.0;
            }
            let from = self.rest;
            let (number, wire) = field(&mut self.rest)?;
            let Some(known) = self.known(number) else { continue };
            let value = Value { holds: known.holds, wire };
            match known.holds {
                Holds::Inline(inner) => {
                    self.around.push((self.rest, self.message));
                    (self.rest, self.message, self.known) = (value.bytes()?, inner, inner.0);
                }
                Holds::Many(_) | Holds::Map(_) => {
                    let run = self.run(from, number)?;
                    return Ok(Some((known.name, Value { wire: Wire::Bytes(run), ..value })));
                }
                _ => return Ok(Some((known.name, value))),
            }
        }
    }

    /// All entries of a list or a map that begins at `from`. Go writes them one behind the other; were one to stand
    /// elsewhere, the field would come twice, which is an error to serde.
    fn run(&mut self, from: &'de [u8], number: u32) -> Result<&'de [u8], ProtoError> {
        let mut ahead = self.rest;
        while !ahead.is_empty() && field(&mut ahead)?.0 == number {
            self.rest = ahead;
        }
        Ok(from.get(..from.len() - self.rest.len()).unwrap_or_default())
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = ProtoError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ProtoError> {
        let Some((name, value)) = self.next()? else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ProtoError> {
        seed.deserialize(taken(&mut self.value)?)
    }
}

/// The value of the key that was just read.
fn taken<'de>(value: &mut Option<Value<'de>>) -> Result<Value<'de>, ProtoError> {
    value.take().ok_or_else(|| ProtoError("a value was asked for before its key".to_owned()))
}

struct Items<'de> {
    rest: &'de [u8],
    each: Holds,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = ProtoError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ProtoError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (_, wire) = field(&mut self.rest)?;
        seed.deserialize(Value { holds: self.each, wire }).map(Some)
    }
}

struct Entries<'de> {
    rest: &'de [u8],
    each: Holds,
    value: Option<Value<'de>>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = ProtoError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ProtoError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (_, wire) = field(&mut self.rest)?;
        let (mut entry, mut key) = (Value { holds: self.each, wire }.bytes()?, "");
        let mut held = Wire::Bytes(&[]);
        while !entry.is_empty() {
            match field(&mut entry)? {
                (1, Wire::Bytes(bytes)) => key = text(bytes)?,
                (2, wire) => held = wire,
                _ => {}
            }
        }
        self.value = Some(Value { holds: self.each, wire: held });
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ProtoError> {
        seed.deserialize(taken(&mut self.value)?)
    }
}

#[cfg(test)]
mod tests;
