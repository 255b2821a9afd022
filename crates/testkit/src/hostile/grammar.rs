//! Another reader of JSON, written after the grammar of RFC 8259 and after nothing else: what our decoder is held against.

/// What can be said of a JSON text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Whether it is an object.
    pub(super) is_object: bool,
    /// The deepest nesting of objects and lists.
    pub(super) depth: usize,
    /// The items of all lists together.
    pub(super) items: usize,
    /// Whether a name stands twice in an object.
    pub(super) repeats: bool,
    /// Whether a number is so large that a reader may well refuse it.
    pub(super) is_huge: bool,
}

/// Deeper than that is not followed: [`Wrong::TooDeep`].
const DEPTH_MAX: usize = 200;

/// Why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is not JSON.
    NotJson,
    /// It may be, and goes deeper than this reader.
    TooDeep,
}

/// Reads the whole of `text`. A lone surrogate is no text here, as it cannot be written in UTF-8.
pub(super) fn read(text: &str) -> Result<Shape, Wrong> {
    let mut reader = Reader { rest: text.as_bytes(), depth: 0, shape: Shape::default() };
    reader.blanks();
    reader.shape.is_object = reader.rest.first() == Some(&b'{');
    reader.value()?;
    reader.blanks();
    if reader.rest.is_empty() { Ok(reader.shape) } else { Err(Wrong::NotJson) }
}

struct Reader<'t> {
    rest: &'t [u8],
    depth: usize,
    shape: Shape,
}

impl Reader<'_> {
    fn next(&mut self) -> Result<u8, Wrong> {
        let (first, rest) = self.rest.split_first().ok_or(Wrong::NotJson)?;
        self.rest = rest;
        Ok(*first)
    }

    fn takes(&mut self, word: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn must(&mut self, word: &[u8]) -> Result<(), Wrong> {
        if self.takes(word) { Ok(()) } else { Err(Wrong::NotJson) }
    }

    fn blanks(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn value(&mut self) -> Result<(), Wrong> {
        match self.rest.first() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => self.string().map(drop),
            Some(b't') => self.must(b"true"),
            Some(b'f') => self.must(b"false"),
            Some(b'n') => self.must(b"null"),
            _ => self.number(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<(), Wrong>) -> Result<(), Wrong> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Wrong::TooDeep);
        }
        self.shape.depth = self.shape.depth.max(self.depth);
        self.next()?;
        self.blanks();
        read(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self) -> Result<(), Wrong> {
        if self.takes(b"]") {
            return Ok(());
        }
        loop {
            self.blanks();
            self.value()?;
            self.shape.items += 1;
            self.blanks();
            match self.next()? {
                b',' => {}
                b']' => return Ok(()),
                _ => return Err(Wrong::NotJson),
            }
        }
    }

    fn object(&mut self) -> Result<(), Wrong> {
        if self.takes(b"}") {
            return Ok(());
        }
        let mut names = std::collections::HashSet::new();
        loop {
            self.blanks();
            self.shape.repeats |= !names.insert(self.string()?);
            self.blanks();
            self.must(b":")?;
            self.blanks();
            self.value()?;
            self.blanks();
            match self.next()? {
                b',' => {}
                b'}' => return Ok(()),
                _ => return Err(Wrong::NotJson),
            }
        }
    }

    /// A string, unescaped.
    fn string(&mut self) -> Result<Vec<u8>, Wrong> {
        self.must(b"\"")?;
        let mut string = Vec::new();
        loop {
            match self.next()? {
                b'"' => return Ok(string),
                b'\\' => {
                    let char = self.escaped()?;
                    string.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=0x1F => return Err(Wrong::NotJson),
                byte => string.push(byte),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Wrong> {
        Ok(match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                let units = match first {
                    0xD800..=0xDBFF => {
                        self.must(b"\\u")?;
                        vec![first, self.unit()?]
                    }
                    _ => vec![first],
                };
                let mut chars = char::decode_utf16(units);
                chars.next().and_then(Result::ok).ok_or(Wrong::NotJson)?
            }
            _ => return Err(Wrong::NotJson),
        })
    }

    fn unit(&mut self) -> Result<u16, Wrong> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or(Wrong::NotJson)?;
            unit = unit * 16 + digit;
        }
        u16::try_from(unit).map_err(|_| Wrong::NotJson)
    }

    fn number(&mut self) -> Result<(), Wrong> {
        let whole = self.rest;
        self.takes(b"-");
        if !self.takes(b"0") {
            self.digits()?;
        }
        if self.takes(b".") {
            self.digits()?;
        }
        if self.takes(b"e") || self.takes(b"E") {
            if !self.takes(b"+") {
                self.takes(b"-");
            }
            self.digits()?;
        }
        let text = whole.get(..whole.len() - self.rest.len()).unwrap_or_default();
        let value: f64 = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0);
        self.shape.is_huge |= value.abs() > 1e308;
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Wrong> {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = self.rest.get(count..).unwrap_or_default();
        if count == 0 { Err(Wrong::NotJson) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_reader_reads_the_suite_as_the_suite_says() {
        for (name, text) in super::super::texts() {
            let read = std::str::from_utf8(&text).map_err(|_| Wrong::NotJson).and_then(read);
            match name.split_once('_').unwrap().0 {
                "y" => assert!(read.is_ok(), "{name}"),
                "n" => assert!(read.is_err(), "{name}"),
                _ => {}
            }
        }
    }

    #[test]
    fn the_other_reader_counts() {
        let shape = read(r#" {"a":[1,[2,3]],"b":{"c":1e309,"\u0063":2}} "#).unwrap();
        let expected = Shape { is_object: true, depth: 3, items: 4, repeats: true, is_huge: true };
        assert_eq!(shape, expected);
        assert_eq!(read(&"[".repeat(1000)), Err(Wrong::TooDeep));
    }
}
