use super::*;
use crate::capture::pgoutput::Column;

const USERS: u32 = 7;

fn layouts() -> Layouts {
    let mut layouts = Layouts::default();
    layouts.set(users(&["user_id", "name", "email"])).unwrap();
    layouts
}

fn users(columns: &[&str]) -> Relation {
    let columns =
        columns.iter().map(|name| Column { name: (*name).into(), type_oid: 25, key: *name == "user_id" });
    Relation { id: USERS, schema: "public".into(), table: "users".into(), columns: columns.collect() }
}

fn transaction() -> Transaction {
    Transaction::begin(Lsn(5), 0).unwrap()
}

fn texts(values: &[&str]) -> Vec<Value> {
    values
        .iter()
        .map(|value| match *value {
            "NULL" => Value::Null,
            "UNCHANGED" => Value::Unchanged,
            text => Value::Text(text.into()),
        })
        .collect()
}

/// The lines without their ends, which are equal but for the ordinal.
fn lines(transaction: &mut Transaction) -> Vec<String> {
    let parts = transaction.parts.take();
    let text = parts.into_iter().map(|part| String::from_utf8(part.csv).unwrap()).collect::<String>();
    text.lines()
        .map(|line| line.replace(",2000-01-01 00:00:00.000000,0000000000000000000500000000000000", " #"))
        .collect()
}

#[test]
fn changes_are_numbered_in_their_transaction() {
    let (layouts, mut open) = (layouts(), transaction());
    let users = layouts.of(USERS).unwrap();
    open.push(users, Op::Insert, &texts(&["1", "a", "b"])).unwrap();
    open.update(users, None, texts(&["1", "c", "NULL"])).unwrap();
    open.delete(users, &texts(&["1", "NULL", "NULL"])).unwrap();
    assert_eq!(lines(&mut open), ["I,1,a,b #1", "U,1,c,NULL #2", "D,1,NULL,NULL #3"]);
}

#[test]
fn a_new_key_is_another_row() {
    let (layouts, mut open) = (layouts(), transaction());
    let old = Old::Key(texts(&["1", "NULL", "NULL"]));
    open.update(layouts.of(USERS).unwrap(), Some(old), texts(&["2", "a", "b"])).unwrap();
    assert_eq!(lines(&mut open), ["D,1,NULL,NULL #1", "I,2,a,b #2"]);
}

#[test]
fn what_was_left_out_comes_from_the_old_row_or_is_an_error() {
    let (layouts, mut open) = (layouts(), transaction());
    let users = layouts.of(USERS).unwrap();
    let old = Old::Row(texts(&["1", "long", "b"]));
    open.update(users, Some(old), texts(&["1", "UNCHANGED", "c"])).unwrap();
    assert_eq!(lines(&mut open), ["U,1,long,c #1"]);
    let error = open.update(users, None, texts(&["1", "UNCHANGED", "c"])).unwrap_err();
    assert!(matches!(error, Error::UnchangedToast { ref column, .. } if column == "name"), "{error}");
}

#[test]
fn a_deletion_holds_no_more_than_the_key() {
    let (layouts, mut open) = (layouts(), transaction());
    open.delete(layouts.of(USERS).unwrap(), &texts(&["1", "secret", "b"])).unwrap();
    assert_eq!(lines(&mut open), ["D,1,NULL,NULL #1"]);
}

#[test]
fn a_truncate_is_an_error_that_names_the_table() {
    let message = Bytes::from_static(b"T\0\0\0\x01\0\0\0\0\x07");
    let error = transaction().take(&mut layouts(), message).unwrap_err();
    assert!(error.to_string().starts_with("public.users was truncated at 0/5"), "{error}");
}

#[test]
fn a_repeated_description_begins_no_new_file() {
    let (mut layouts, mut open) = (layouts(), transaction());
    open.push(layouts.of(USERS).unwrap(), Op::Insert, &texts(&["1", "a", "b"])).unwrap();
    layouts.set(users(&["user_id", "name", "email"])).unwrap();
    open.push(layouts.of(USERS).unwrap(), Op::Insert, &texts(&["2", "a", "b"])).unwrap();
    layouts.set(users(&["user_id", "name"])).unwrap();
    open.push(layouts.of(USERS).unwrap(), Op::Insert, &texts(&["3", "a"])).unwrap();
    let rows: Vec<_> = open.parts.take().iter().map(|part| part.rows.total()).collect();
    assert_eq!(rows, [2, 1]);
}

#[test]
fn a_row_of_a_table_that_was_not_described_is_an_error() {
    assert!(Layouts::default().of(1).is_err());
}
