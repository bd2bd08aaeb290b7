//! An object of the wire → a row, in both forms: the pods that `tests/fixtures/protobuf` has from a real API server.

use divan::Bencher;
use kennel::cluster::convert::{self, Body};
use kennel::domain::Kind;
use kennel::domain::interner::Interner;
use prost::encoding::{decode_key, decode_varint};

const JSON: &str = include_str!("../../tests/fixtures/protobuf/pods.json");
const PROTO: &[u8] = include_bytes!("../../tests/fixtures/protobuf/pods.pb");

/// The pod with most in it, as the API writes it in JSON.
fn json() -> String {
    let list: serde_json::Value = serde_json::from_str(JSON).unwrap();
    list["items"][1].to_string()
}

/// What stands in the fields of that number.
fn fields(mut message: &[u8], wanted: u32) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let (number, _) = decode_key(&mut message).unwrap();
        let length = usize::try_from(decode_varint(&mut message).unwrap()).unwrap();
        // The envelope's and the list's own fields all have a length.
        let (content, rest) = message.split_at(length);
        message = rest;
        if number == wanted {
            found.push(content);
        }
    }
    found
}

fn rows<'a>(bencher: Bencher<'_, '_>, body: Body<'a>) {
    let mut interner = Interner::default();
    bencher.bench_local(|| {
        for _ in 0..500 {
            divan::black_box(convert::row(&Kind::Pod.into(), divan::black_box(body), &mut interner).unwrap());
        }
    });
}

#[divan::bench]
fn a_page_of_500_pods_in_json(bencher: Bencher<'_, '_>) {
    rows(bencher, Body::Json(&json()));
}

#[divan::bench]
fn a_page_of_500_pods_in_protobuf(bencher: Bencher<'_, '_>) {
    let list = fields(&PROTO[4..], 2)[0];
    rows(bencher, Body::Proto(fields(list, 2)[1]));
}
