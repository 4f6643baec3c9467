//! Footers of Parquet files as Thrift's compact protocol has them: whether sizes and types are what they must be.

use Shape::{Byte, Double, Fields, List, Text, Truth, Whole};

/// What a field holds. Fields that are not named may hold anything: a later version of the format may have them.
#[derive(Clone, Copy)]
enum Shape {
    Truth,
    Byte,
    /// A number of any width, which all are written alike.
    Whole,
    Double,
    Text,
    List(&'static Shape),
    /// By field id.
    Fields(&'static [(i16, Shape)]),
}

/// From the definition of the format, parquet.thrift.
const FOOTER: &[(i16, Shape)] = &[
    (1, Whole),
    (2, List(&Fields(SCHEMA_ELEMENT))),
    (3, Whole),
    (4, List(&Fields(ROW_GROUP))),
    (5, List(&Fields(KEY_VALUE))),
    (6, Text),
    (7, List(&Fields(&[(1, NOTHING)]))),
];
const NOTHING: Shape = Fields(&[]);
const KEY_VALUE: &[(i16, Shape)] = &[(1, Text), (2, Text)];
const SCHEMA_ELEMENT: &[(i16, Shape)] = &[
    (1, Whole),
    (2, Whole),
    (3, Whole),
    (4, Text),
    (5, Whole),
    (6, Whole),
    (7, Whole),
    (8, Whole),
    (9, Whole),
    (10, Fields(LOGICAL_TYPE)),
];
const TIME: Shape = Fields(&[(1, Truth), (2, Fields(&[(1, NOTHING), (2, NOTHING), (3, NOTHING)]))]);
const LOGICAL_TYPE: &[(i16, Shape)] = &[
    (1, NOTHING),
    (2, NOTHING),
    (3, NOTHING),
    (4, NOTHING),
    (5, Fields(&[(1, Whole), (2, Whole)])),
    (6, NOTHING),
    (7, TIME),
    (8, TIME),
    (10, Fields(&[(1, Byte), (2, Truth)])),
    (11, NOTHING),
    (12, NOTHING),
    (13, NOTHING),
    (14, NOTHING),
    (15, NOTHING),
    (16, Fields(&[(1, Byte)])),
    (17, Fields(&[(1, Text)])),
    (18, Fields(&[(1, Text), (2, Whole)])),
];
const ROW_GROUP: &[(i16, Shape)] = &[
    (1, List(&Fields(COLUMN_CHUNK))),
    (2, Whole),
    (3, Whole),
    (4, List(&Fields(&[(1, Whole), (2, Truth), (3, Truth)]))),
    (5, Whole),
    (6, Whole),
    (7, Whole),
];
const COLUMN_CHUNK: &[(i16, Shape)] =
    &[(1, Text), (2, Whole), (3, Fields(COLUMN_META_DATA)), (4, Whole), (5, Whole), (6, Whole), (7, Whole)];
const COLUMN_META_DATA: &[(i16, Shape)] = &[
    (1, Whole),
    (2, List(&Whole)),
    (3, List(&Text)),
    (4, Whole),
    (5, Whole),
    (6, Whole),
    (7, Whole),
    (8, List(&Fields(KEY_VALUE))),
    (9, Whole),
    (10, Whole),
    (11, Whole),
    (12, Fields(STATISTICS)),
    (13, List(&Fields(&[(1, Whole), (2, Whole), (3, Whole)]))),
    (14, Whole),
    (15, Whole),
    (16, Fields(&[(1, Whole), (2, List(&Whole)), (3, List(&Whole))])),
    (17, Fields(&[(1, Fields(BOUNDING_BOX)), (2, List(&Whole))])),
];
const STATISTICS: &[(i16, Shape)] =
    &[(1, Text), (2, Text), (3, Whole), (4, Whole), (5, Text), (6, Text), (7, Truth), (8, Truth)];
const BOUNDING_BOX: &[(i16, Shape)] =
    &[(1, Double), (2, Double), (3, Double), (4, Double), (5, Double), (6, Double), (7, Double), (8, Double)];

/// Deepest nesting; a footer that is in order has ten.
const DEEPEST: usize = 32;

/// Whether the text begins with a footer whose sizes are no greater than it, and whose types are those of the format.
pub(super) fn is_footer(text: &[u8]) -> bool {
    Walk(text).structure(FOOTER, 0).is_some()
}

/// What is left of the text. Each step is none where the text is no footer.
struct Walk<'b>(&'b [u8]);

impl Walk<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn skip(&mut self, bytes: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn structure(&mut self, fields: &[(i16, Shape)], depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        let mut id = 0i16;
        loop {
            let header = self.byte()?;
            let (step, kind) = (header >> 4, header & 15);
            if kind == 0 {
                return Some(());
            }
            id = match step {
                // Written out where the step is too great for the header, and only there.
                0 => self.written_id().filter(|written| i32::from(*written) > i32::from(id) + 15)?,
                step => id.checked_add(step.into())?,
            };
            let shape = fields.iter().find(|(known, _)| *known == id).map(|(_, shape)| *shape);
            match (kind, shape) {
                // A field that is true or false says so in its header.
                (1 | 2, None | Some(Truth)) => {}
                _ => self.value(kind, shape, depth)?,
            }
        }
    }

    fn written_id(&mut self) -> Option<i16> {
        let zigzag = self.varint()?;
        (zigzag % 2 == 0).then(|| i16::try_from(zigzag / 2).ok()).flatten()
    }

    fn value(&mut self, kind: u8, shape: Option<Shape>, depth: usize) -> Option<()> {
        match (kind, shape) {
            (3, None | Some(Byte)) => self.skip(1),
            (4..=6, None | Some(Whole)) => self.varint().map(|_| ()),
            (7, None | Some(Double)) => self.skip(8),
            (8, None | Some(Text)) => self.varint().and_then(|length| self.skip(length)),
            (9, None) => self.list(None, depth + 1),
            (9, Some(List(of))) => self.list(Some(*of), depth + 1),
            (12, None) => self.structure(&[], depth + 1),
            (12, Some(Fields(fields))) => self.structure(fields, depth + 1),
            // The format has no sets, no maps, and no lists of truths.
            _ => None,
        }
    }

    fn list(&mut self, of: Option<Shape>, depth: usize) -> Option<()> {
        let header = self.byte()?;
        let short = u64::from(header >> 4);
        let size = if short == 15 { self.varint()? } else { short };
        // Each value takes a byte at least.
        if depth > DEEPEST || size > self.0.len() as u64 {
            return None;
        }
        (0..size).try_for_each(|_| self.value(header & 15, of, depth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_compared_with_what_is_there() {
        assert!(is_footer(b"\0"));
        // A version, an element of a schema, and a field that nobody knows: a structure of a truth.
        assert!(is_footer(b"\x15\x02\x19\x1c\x48\x01a\0\xfc\x11\0\0"));
        assert!(!is_footer(b""));
        assert!(!is_footer(b"\x68\x05a\0"), "a text");
        assert!(!is_footer(b"\x29\xfc\xff\xff\xff\xff\x07\0\0"), "a list of 2^31 - 1");
        assert!(!is_footer(b"\x29\xec\0\0\0"), "a list of fourteen");
        assert!(!is_footer(&[0xfc; 1_000]), "structures");
        assert!(!is_footer(&[0xf9; 1_000]), "lists");
    }

    #[test]
    fn types_are_those_of_the_format() {
        for wrong in
            [b"\x18\0\0".as_slice(), b"\x25\x02\0", b"\x11\0", b"\x29\x15\x02\0", b"\x1b\0\0", b"\x1a\0\0"]
        {
            assert!(!is_footer(wrong), "{wrong:x?}");
        }
        // A field's id is written out if it is far from the one before, and only then.
        assert!(is_footer(b"\x05\x20\x02\0"));
        assert!(!is_footer(b"\x05\x02\x02\0"));
    }
}
