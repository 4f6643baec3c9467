use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A row of one null, one text, and one value that was left out.
const ROW: &[u8] = b"\0\x03nt\0\0\0\x02hiu";

fn message(parts: &[&[u8]]) -> Bytes {
    parts.concat().into()
}

fn row() -> Vec<Value> {
    vec![Value::Null, text("hi"), Value::Unchanged]
}

#[test]
fn a_relation_names_its_columns_and_its_key() {
    let relation = message(&[
        b"R\0\0\x40\x01public\0users\0d\0\x02",
        b"\x01user_id\0\0\0\0\x14\xff\xff\xff\xff",
        b"\0name\0\0\0\0\x19\xff\xff\xff\xff",
    ]);
    let Message::Relation(relation) = decode(relation).unwrap() else { panic!("no relation") };
    assert_eq!((relation.id, relation.schema.as_str(), relation.table.as_str()), (0x4001, "public", "users"));
    let columns: Vec<_> = relation.columns.iter().map(|c| (c.name.as_str(), c.type_oid, c.key)).collect();
    assert_eq!(columns, [("user_id", 20, true), ("name", 25, false)]);
}

#[test]
fn rows_keep_null_text_and_left_out_apart() {
    assert_eq!(
        decode(message(&[b"I\0\0\0\x07N", ROW])).unwrap(),
        Message::Insert { relation: 7, new: row() }
    );
    assert_eq!(
        decode(message(&[b"U\0\0\0\x07N", ROW])).unwrap(),
        Message::Update { relation: 7, old: None, new: row() }
    );
    assert_eq!(
        decode(message(&[b"U\0\0\0\x07K", ROW, b"N", ROW])).unwrap(),
        Message::Update { relation: 7, old: Some(Old::Key(row())), new: row() }
    );
    assert_eq!(
        decode(message(&[b"D\0\0\0\x07O", ROW])).unwrap(),
        Message::Delete { relation: 7, old: Old::Row(row()) }
    );
}

#[test]
fn an_empty_text_is_not_null() {
    let insert = decode(message(&[b"I\0\0\0\x07N\0\x01t\0\0\0\0"])).unwrap();
    assert_eq!(insert, Message::Insert { relation: 7, new: vec![text("")] });
}

#[test]
fn a_truncate_names_its_tables() {
    let truncate = decode(message(&[b"T\0\0\0\x02\x01\0\0\0\x07\0\0\0\x08"])).unwrap();
    assert_eq!(truncate, Message::Truncate { relations: vec![7, 8] });
}

#[test]
fn whatever_is_cut_short_is_an_error() {
    let whole = message(&[b"U\0\0\0\x07K", ROW, b"N", ROW]);
    for length in 0..whole.len() {
        assert!(decode(whole.slice(..length)).is_err(), "{length}");
    }
    let relation = message(&[b"R\0\0\x40\x01public\0users\0d\0\x01\x01user_id\0\0\0\0\x14\xff\xff\xff\xff"]);
    for length in 0..relation.len() {
        assert!(decode(relation.slice(..length)).is_err(), "{length}");
    }
}

#[test]
fn what_is_not_understood_is_an_error() {
    for (bytes, why) in [
        (&b"Z"[..], "unknown"),
        (b"I\0\0\0\x07K\0\0", "no new row"),
        (b"I\0\0\0\x07N\0\x01b\0\0\0\x01x", "neither null nor text"),
        (b"I\0\0\0\x07N\0\x01t\0\0\0\x01\xff", "not utf-8"),
        (b"I\0\0\0\x07N\0\0more", "longer than its content"),
        (b"D\0\0\0\x07X\0\0", "no known kind"),
    ] {
        let error = decode(Bytes::copy_from_slice(bytes)).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
