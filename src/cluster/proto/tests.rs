//! What a real API server answers in both forms (`tests/fixtures/protobuf`), and what is no such answer.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::*;
use crate::cluster::convert::{self, Body};
use crate::cluster::split::{Broken, Piece, Splitter};
use crate::cluster::wire::Form;
use crate::domain::Kind;
use crate::domain::interner::Interner;
use crate::domain::row::AnyRow;

/// Kinds that have a protobuf.
fn kinds() -> impl Iterator<Item = (Kind, &'static Message)> {
    Kind::ALL.iter().filter_map(|info| Some((info.kind, table::of(info.kind)?)))
}

/// The answer to a list of the kind, as a real API server gave it.
fn answer(kind: Kind, extension: &str) -> Vec<u8> {
    let file = format!("tests/fixtures/protobuf/{}.{extension}", kind.info().resource);
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&file))
        .unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// The items of a list that comes in chunks of `size`.
fn items(form: Form, answer: &[u8], size: usize) -> Result<Vec<Vec<u8>>, Broken> {
    let mut splitter = Splitter::new(form);
    let mut items = Vec::new();
    for chunk in answer.chunks(size) {
        splitter.push(chunk);
        while let Some(piece) = splitter.next()? {
            match piece {
                Piece::Item(item) => items.push(item.to_vec()),
                Piece::TooLong => items.push(b"too long".to_vec()),
                Piece::Meta(_) | Piece::NoObject => {}
            }
        }
    }
    splitter.finish().map(|()| items)
}

#[test]
fn a_real_object_gives_the_same_row_from_protobuf_as_from_json() {
    for (kind, _) in kinds() {
        let rows = |form, extension| -> Vec<AnyRow> {
            let row = |item: Vec<u8>| {
                let body = match form {
                    Form::Json => Body::Json(std::str::from_utf8(&item).unwrap()),
                    Form::Proto => Body::Proto(&item),
                };
                convert::row(&kind.into(), body, &mut Interner::default()).unwrap()
            };
            items(form, &answer(kind, extension), usize::MAX).unwrap().into_iter().map(row).collect()
        };
        let (json, proto) = (rows(Form::Json, "json"), rows(Form::Proto, "pb"));
        assert!(!json.is_empty(), "{kind}");
        assert_eq!(json.len(), proto.len(), "{kind}");
        for (json, proto) in json.iter().zip(&proto) {
            assert_eq!(json, proto);
        }
    }
}

/// The message in a field.
fn inner(holds: Holds) -> Option<&'static Message> {
    match holds {
        Holds::One(message) | Holds::Inline(message) => Some(message),
        Holds::Many(each) => inner(*each),
        _ => None,
    }
}

/// Notes each field of the table that is not empty in these bytes.
fn seen(message: &'static Message, bytes: &[u8], all: &mut HashSet<*const Field>) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (number, wire) = field(&mut rest).unwrap();
        let Some(known) = message.0.iter().find(|f| f.number == number) else { continue };
        let told = match wire {
            Wire::Number(n) => n != 0,
            Wire::Bytes(bytes) => !bytes.is_empty(),
        };
        if told {
            all.insert(known);
        }
        if let (Some(inner), Wire::Bytes(bytes)) = (inner(known.holds), wire) {
            seen(inner, bytes, all);
        }
    }
}

/// The fields of a message and of those in it, with the way to each.
fn fields(message: &'static Message, way: &str, all: &mut Vec<(String, *const Field)>) {
    for field in message.0 {
        let way = format!("{way}.{}", field.name);
        all.push((way.clone(), field));
        if let Some(inner) = inner(field.holds) {
            fields(inner, &way, all);
        }
    }
}

#[test]
fn the_fixtures_hold_every_field_that_is_read() {
    let (mut told, mut all) = (HashSet::new(), Vec::new());
    for (kind, message) in kinds() {
        for item in items(Form::Proto, &answer(kind, "pb"), usize::MAX).unwrap() {
            seen(message, &item, &mut told);
        }
        fields(message, kind.info().name, &mut all);
    }
    let missing: Vec<_> = all.iter().filter(|(_, field)| !told.contains(field)).map(|(way, _)| way).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The name of a shape, and its fields: several have one name.
type Shape = (&'static str, &'static [&'static str]);

thread_local! {
    /// Shape and field → whether one of the messages that were read by the shape has such a field.
    static ASKED: RefCell<BTreeMap<(Shape, &'static str), bool>> = const { RefCell::new(BTreeMap::new()) };
}

/// Notes which fields a shape has, and which of them a message can give it.
pub(super) fn asked(shape: &'static str, all: &'static [&'static str], holds: Holds) {
    fn has(message: &Message, name: &str) -> bool {
        let inlined = |f: &Field| matches!(f.holds, Holds::Inline(inner) if has(inner, name));
        message.0.iter().any(|f| f.name == name || inlined(f))
    }
    let Holds::One(message) = holds else { return };
    ASKED.with_borrow_mut(|asked| {
        for field in all {
            *asked.entry(((shape, all), field)).or_default() |= has(message, field);
        }
    });
}

/// What a shape has for objects that come in JSON alone: events of the core group, and KEDA's.
const JSON_ONLY: &[(&str, &str)] = &[
    ("Raw", "count"),
    ("Raw", "firstTimestamp"),
    ("Raw", "involvedObject"),
    ("Raw", "lastTimestamp"),
    ("Raw", "message"),
    ("Raw", "reportingComponent"),
    ("Raw", "source"),
    ("ScalerSpec", "maxReplicaCount"),
    ("ScalerSpec", "minReplicaCount"),
];

#[test]
fn a_field_of_a_shape_stands_in_a_message_that_is_read_by_it() {
    // The fixtures hold every field of every message: no shape stays unread.
    for (kind, _) in kinds() {
        for item in items(Form::Proto, &answer(kind, "pb"), usize::MAX).unwrap() {
            convert::row(&kind.into(), Body::Proto(&item), &mut Interner::default()).unwrap();
        }
    }
    let asked = ASKED.take();
    let lacking: Vec<_> =
        asked.iter().filter(|(_, has)| !**has).map(|(((shape, _), field), _)| (*shape, *field)).collect();
    assert_eq!(lacking, JSON_ONLY, "in no message of the table");
}

/// Checks a message against the type of that name.
fn check(message: &Message, name: &str, types: &HashMap<&str, Vec<Vec<&str>>>) {
    let known = types.get(name).unwrap_or_else(|| panic!("there is no type {name}"));
    assert!(message.0.is_sorted_by_key(|f| f.number), "{name}");
    for field in message.0 {
        let number = field.number.to_string();
        let line = known.iter().find(|l| l[0] == field.name).unwrap_or_else(|| panic!("{name} has no {}", field.name));
        assert_eq!(line[1], number, "{name}.{}", field.name);
        assert_eq!(matches!(field.holds, Holds::Inline(_)), line.contains(&"inline"), "{name}.{}", field.name);
        holds(field.holds, line[2], types);
    }
}

fn holds(held: Holds, said: &str, types: &HashMap<&str, Vec<Vec<&str>>>) {
    match held {
        Holds::Text => assert_eq!(said, "string"),
        Holds::Number => assert!(matches!(said, "int32" | "int64"), "{said}"),
        Holds::Bool => assert_eq!(said, "bool"),
        Holds::Time => assert!(matches!(said, "time" | "microtime"), "{said}"),
        Holds::Quantity => assert_eq!(said, "quantity"),
        Holds::Either => assert_eq!(said, "intorstring"),
        Holds::One(inner) | Holds::Inline(inner) => check(inner, said, types),
        Holds::Many(each) => holds(*each, said.strip_prefix("[]").unwrap_or_else(|| panic!("no list: {said}")), types),
        Holds::Map(each) => holds(*each, said.strip_prefix("{}").unwrap_or_else(|| panic!("no map: {said}")), types),
    }
}

#[test]
fn names_numbers_and_types_are_those_of_the_api() {
    let mut types: HashMap<&str, Vec<Vec<&str>>> = HashMap::new();
    let mut at = "";
    for line in include_str!("../../../assets/api/types.txt").lines().filter(|l| !l.starts_with('#')) {
        match line.strip_prefix("  ") {
            Some(field) => types.get_mut(at).unwrap().push(field.split(' ').collect()),
            None => {
                at = line.split(' ').next().unwrap();
                types.insert(at, Vec::new());
            }
        }
    }
    for (kind, message) in kinds() {
        let info = kind.info();
        let package = if info.group.is_empty() { "core" } else { info.group.split('.').next().unwrap() };
        check(message, &format!("{package}.{}.{}", info.version, info.name), &types);
    }
}

#[test]
fn items_come_out_whole_however_the_answer_is_cut() {
    let whole = answer(Kind::Pod, "pb");
    let all = items(Form::Proto, &whole, usize::MAX).unwrap();
    assert!(all.len() > 1);
    for size in [1, 2, 3, 7, 64, 1000] {
        assert_eq!(items(Form::Proto, &whole, size).unwrap(), all, "{size}");
    }
}

#[test]
fn a_list_says_its_version_and_where_it_goes_on() {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Meta {
        resource_version: String,
        r#continue: String,
        remaining_item_count: u64,
    }
    // (300 as a number takes two bytes.)
    let meta = [fields_of(&[(2, b"77"), (3, b"next")]), vec![4 << 3, 0xac, 0x02]].concat();
    let page = encoded("Pod", &[(1, &meta)]);
    let mut splitter = Splitter::new(Form::Proto);
    splitter.push(&page);
    let Some(Piece::Meta(meta)) = splitter.next().unwrap() else { panic!("no metadata") };
    let meta: Meta = read(meta, &table::LIST).unwrap();
    let told = (meta.resource_version.as_str(), meta.r#continue.as_str(), meta.remaining_item_count);
    assert_eq!(told, ("77", "next", 300));
}

#[test]
fn a_refusal_in_protobuf_says_what_a_refusal_in_json_does() {
    #[derive(serde::Deserialize)]
    struct Status {
        message: String,
        reason: String,
    }
    let whole = encoded_kind("Status", &[(2, b"Failure"), (3, b"no"), (4, b"Forbidden")]);
    let said: Status = body(&whole, &table::STATUS).unwrap();
    assert_eq!((said.message.as_str(), said.reason.as_str()), ("no", "Forbidden"));
    assert!(body::<Status>(b"{}", &table::STATUS).is_err());
    assert!(body::<Status>(MAGIC, &table::STATUS).is_err());
}

#[test]
fn what_is_no_list_is_told_apart() {
    let whole = answer(Kind::Deployment, "pb");
    assert_eq!(items(Form::Proto, b"", 4), Err(Broken::NoObject(vec![])));
    assert!(matches!(items(Form::Proto, b"<html>", 4), Err(Broken::NoObject(b)) if b.starts_with(b"<htm")));
    for end in [2, 4, 5, 20, 60, whole.len() - 1] {
        assert_eq!(items(Form::Proto, &whole[..end], 16), Err(Broken::Truncated), "{end}");
    }
    assert_eq!(items(Form::Proto, &encoded_kind("Status", &[]), 16), Err(Broken::NoItems));
    let mut longer = encoded("Pod", &[(2, &[b'x'; 40])]);
    let list = longer.len() - 42 - 1;
    longer[list] -= 10;
    assert!(matches!(items(Form::Proto, &longer, 16), Err(Broken::Garbled(_))), "an item longer than its list");
}

#[test]
fn a_huge_item_is_passed_by_without_being_kept_and_its_neighbours_stay() {
    let huge = vec![b'x'; (16 << 20) + 100_000];
    let list = encoded("Pod", &[(2, b"a".as_slice()), (2, &huge), (2, b"c")]);
    assert_eq!(items(Form::Proto, &list, 65_536).unwrap(), [b"a".as_slice(), b"too long", b"c"]);
}

#[test]
fn bent_bytes_give_rows_or_errors_and_never_a_panic() {
    for (kind, _) in kinds() {
        for item in items(Form::Proto, &answer(kind, "pb"), usize::MAX).unwrap() {
            for at in 0..item.len() {
                let mut bent = item.clone();
                bent[at] = [0, 0xff, bent[at] ^ 1, bent[at] ^ 0x80][at % 4];
                let _ = convert::row(&kind.into(), Body::Proto(&bent), &mut Interner::default());
                let _ = convert::row(&kind.into(), Body::Proto(&item[..at]), &mut Interner::default());
            }
        }
    }
}

#[test]
fn an_object_that_cannot_be_read_is_named() {
    let metadata = fields_of(&[(1, b"web"), (3, b"shop")]);
    let spec_is_text = fields_of(&[(1, &metadata), (2, b"\xff\xff")]);
    let error =
        convert::row(&Kind::Deployment.into(), Body::Proto(&spec_is_text), &mut Interner::default()).unwrap_err();
    assert!(error.to_string().starts_with("Deployment web is malformed: "), "{error}");
}

#[test]
fn what_comes_only_in_json_is_not_read_as_protobuf() {
    for info in Kind::ALL.iter().filter(|info| table::of(info.kind).is_none()) {
        let error = convert::row(&info.kind.into(), Body::Proto(&[]), &mut Interner::default()).unwrap_err();
        assert!(error.to_string().ends_with("there is no protobuf of its kind"), "{error}");
    }
}

/// A message of these fields, each of bytes.
fn fields_of(all: &[(u8, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, bytes) in all {
        out.push(number << 3 | 2);
        prost::encoding::encode_varint(bytes.len() as u64, &mut out);
        out.extend_from_slice(bytes);
    }
    out
}

/// A body of that kind.
fn encoded_kind(kind: &str, message: &[(u8, &[u8])]) -> Vec<u8> {
    let named = fields_of(&[(1, b"v1"), (2, kind.as_bytes())]);
    [MAGIC, &fields_of(&[(1, &named), (2, &fields_of(message))])].concat()
}

/// A list of that kind.
fn encoded(kind: &str, list: &[(u8, &[u8])]) -> Vec<u8> {
    encoded_kind(&format!("{kind}List"), list)
}
