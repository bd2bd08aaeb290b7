//! Cuts the JSON of a list into its items, without parsing them.

use super::{Broken, LONGEST, Piece};

/// Takes pieces of the answer, gives pieces of the list.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    buffer: Vec<u8>,
    /// Bytes of the buffer that have been looked at.
    at: usize,
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// Where the last string at depth 1 began and ended: the key of what follows.
    key: (usize, usize),
    /// Where the value began that is being collected.
    start: Option<usize>,
    place: Within,
    dropping: bool,
    /// An item has begun that is no object and no array.
    scalar: bool,
    items: bool,
    ended: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Within {
    /// Between the keys of the list itself.
    #[default]
    Top,
    /// Inside `metadata`.
    Meta,
    /// Inside `items`.
    Items,
    /// Inside a value that nobody needs.
    Other,
}

impl Splitter {
    /// Takes the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole piece of what was pushed; `None` until more is pushed.
    pub(crate) fn next(&mut self) -> Result<Option<Piece<'_>>, Broken> {
        self.forget();
        while let Some(&byte) = self.buffer.get(self.at) {
            let here = self.at;
            self.at += 1;
            if self.in_string {
                self.string(byte, here);
                continue;
            }
            match byte {
                b'"' => {
                    self.in_string = true;
                    self.scalar |= self.among_items();
                    if self.depth == 1 {
                        self.key.0 = here + 1;
                    }
                }
                b'{' | b'[' => self.open(byte, here),
                b',' | b']' if self.among_items() && std::mem::take(&mut self.scalar) => {
                    // What stands here is looked at once more, after the item is told.
                    self.at = here;
                    return Ok(Some(Piece::NoObject));
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if let Some(range) = self.close() {
                        return Ok(Some(self.piece(range)));
                    }
                }
                b' ' | b'\n' | b'\r' | b'\t' => {}
                _ if self.depth == 0 && !self.ended => return Err(self.no_object()),
                b',' => {}
                _ => self.scalar |= self.among_items(),
            }
        }
        self.limit();
        Ok(None)
    }

    /// At the end of the answer: whether it was a whole list.
    pub(crate) fn finish(&self) -> Result<(), Broken> {
        match (self.ended, self.items) {
            (false, _) if self.buffer.iter().all(u8::is_ascii_whitespace) && self.depth == 0 => {
                Err(Broken::NoObject(Vec::new()))
            }
            (false, _) => Err(Broken::Truncated),
            (true, false) => Err(Broken::NoItems),
            (true, true) => Ok(()),
        }
    }

    fn string(&mut self, byte: u8, here: usize) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                if self.depth == 1 {
                    self.key.1 = here;
                    // `"items": null` is an empty list: the key alone counts.
                    self.items |= self.buffer.get(self.key.0..here) == Some(b"items");
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, byte: u8, here: usize) {
        self.depth += 1;
        match (self.depth, self.place) {
            (2, _) => {
                self.place = match (self.buffer.get(self.key.0..self.key.1), byte) {
                    (Some(b"metadata"), b'{') => {
                        self.start = Some(here);
                        Within::Meta
                    }
                    (Some(b"items"), b'[') => Within::Items,
                    _ => Within::Other,
                };
            }
            (3, Within::Items) => self.start = Some(here),
            _ => {}
        }
    }

    /// Whether the next thing is one of the items.
    fn among_items(&self) -> bool {
        self.depth == 2 && self.place == Within::Items
    }

    /// What ends here, if it is a piece.
    fn close(&mut self) -> Option<Option<(usize, usize)>> {
        match (self.depth, self.place) {
            (2, Within::Items) => {
                let dropped = std::mem::take(&mut self.dropping);
                let start = self.start.take();
                Some(start.filter(|_| !dropped).map(|s| (s, self.at)))
            }
            (1, place) => {
                self.place = Within::Top;
                let start = self.start.take().filter(|_| place == Within::Meta);
                start.map(|s| Some((s, self.at)))
            }
            (0, _) => {
                self.ended = true;
                None
            }
            _ => None,
        }
    }

    fn piece(&self, range: Option<(usize, usize)>) -> Piece<'_> {
        let Some((start, end)) = range else { return Piece::TooLong };
        let bytes = self.buffer.get(start..end).unwrap_or_default();
        match self.place {
            Within::Items => Piece::Item(bytes),
            _ => Piece::Meta(bytes),
        }
    }

    /// Drops what is not needed any more, now and then: moving bytes costs.
    fn forget(&mut self) {
        let needed = self.start.unwrap_or(self.at).min(if self.depth == 1 { self.key.0 } else { self.at });
        if needed > 64 << 10 {
            self.buffer.drain(..needed);
            self.at -= needed;
            self.start = self.start.map(|s| s - needed);
            self.key = (self.key.0.saturating_sub(needed), self.key.1.saturating_sub(needed));
        }
    }

    /// Stops collecting an item that has become too long.
    fn limit(&mut self) {
        if let Some(start) = self.start
            && self.at - start > LONGEST
        {
            self.dropping = true;
            self.start = Some(self.at);
        }
    }

    fn no_object(&self) -> Broken {
        Broken::NoObject(self.buffer.iter().take(200).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pieces, when the text comes in chunks of `size`.
    fn split(text: &str, size: usize) -> Result<(Vec<String>, Vec<String>), Broken> {
        let mut s = Splitter::default();
        let (mut meta, mut items) = (Vec::new(), Vec::new());
        for chunk in text.as_bytes().chunks(size) {
            s.push(chunk);
            while let Some(piece) = s.next()? {
                match piece {
                    Piece::Meta(m) => meta.push(String::from_utf8(m.to_vec()).unwrap()),
                    Piece::Item(i) => items.push(String::from_utf8(i.to_vec()).unwrap()),
                    Piece::TooLong => items.push("too long".into()),
                    Piece::NoObject => items.push("no object".into()),
                }
            }
        }
        s.finish()?;
        Ok((meta, items))
    }

    const LIST: &str = r#" {"kind":"PodList","metadata":{"resourceVersion":"7","a":{"items":[1]}},
        "items":[{"a":"}]\"{","b":[{"items":[]}]}, {"metadata":{"name":"x\\"}} ],"other":{"items":[{"no":1}]}} "#;

    #[test]
    fn items_come_out_whole_however_the_answer_is_cut() {
        for size in [1, 2, 3, 7, 64, 4096] {
            let (meta, items) = split(LIST, size).unwrap();
            assert_eq!(meta, [r#"{"resourceVersion":"7","a":{"items":[1]}}"#], "{size}");
            assert_eq!(items, [r#"{"a":"}]\"{","b":[{"items":[]}]}"#, r#"{"metadata":{"name":"x\\"}}"#], "{size}");
        }
    }

    #[test]
    fn metadata_may_stand_behind_the_items_and_null_is_an_empty_list() {
        let (meta, items) = split(r#"{"items":[{"a":1}],"metadata":{"continue":"c"}}"#, 5).unwrap();
        assert_eq!((meta.len(), items.len()), (1, 1));
        assert_eq!(split(r#"{"items":null,"metadata":{}}"#, 5).unwrap().1.len(), 0);
        assert_eq!(split(r#"{"items":[]}"#, 5).unwrap().1.len(), 0);
    }

    #[test]
    fn an_item_that_is_no_object_is_one_piece_like_any_other() {
        let all = r#"{"items":[null, {"a":[1,"x",null]},"a,]b" ,7,[3,{}],true],"x":[1,2]}"#;
        for size in [1, 3, 4096] {
            let (_, items) = split(all, size).unwrap();
            let no = "no object";
            assert_eq!(items, [no, r#"{"a":[1,"x",null]}"#, no, no, "[3,{}]", no], "{size}");
        }
        assert!(split(r#"{"items":[ ]}"#, 1).unwrap().1.is_empty());
    }

    #[test]
    fn what_is_no_list_is_told_apart() {
        assert!(matches!(split("<html><body>", 4), Err(Broken::NoObject(b)) if b.starts_with(b"<htm")));
        assert_eq!(split("", 4), Err(Broken::NoObject(vec![])));
        assert_eq!(split(&LIST[..LIST.len() - 30], 16), Err(Broken::Truncated));
        assert_eq!(split(r#"{"kind":"Status","code":200}"#, 4), Err(Broken::NoItems));
    }

    #[test]
    fn a_huge_item_is_dropped_without_being_kept_and_its_neighbours_stay() {
        let huge = format!(r#"{{"items":[{{"a":1}},{{"b":"{}"}},{{"c":1}}]}}"#, "x".repeat(LONGEST + 100_000));
        let (_, items) = split(&huge, 65_536).unwrap();
        assert_eq!(items, [r#"{"a":1}"#, "too long", r#"{"c":1}"#]);
        let mut s = Splitter::default();
        for chunk in huge.as_bytes().chunks(65_536) {
            s.push(chunk);
            while s.next().unwrap().is_some() {}
            assert!(s.buffer.capacity() < 3 * LONGEST);
        }
    }
}
