//! Rows and events that others wrote.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};

use crate::schema::FACT_USER_EVENTS;
use crate::star::{Activity, Events, Row, RowBuilder, Session, SessionId, User};

#[test]
fn rows_of_other_writers_are_read_or_refused() {
    let user = User {
        activity: Activity { first_at: 1, last_at: 2, counts: [1, 2, 3, 4], purchases_cents: 5 },
        sessions: 1,
    };
    let rows = [(7, user)];
    let batch = User::to_batch(&rows).unwrap();
    let replaced = |name: &str, array: Arc<dyn Array>| {
        let mut fields: Vec<Field> = batch.schema().fields().iter().map(|f| f.as_ref().clone()).collect();
        let mut columns = batch.columns().to_vec();
        let at = batch.schema().index_of(name).unwrap();
        fields[at] = Field::new(name, array.data_type().clone(), true);
        columns[at] = array;
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    };
    let narrow = cast(batch.column_by_name("view_count").unwrap(), &DataType::Int32).unwrap();
    assert_eq!(User::read(&replaced("view_count", narrow)).unwrap(), rows);
    assert!(User::read(&replaced("view_count", Arc::new(Int64Array::from(vec![None])))).is_err());
    assert!(User::read(&replaced("view_count", Arc::new(Int64Array::from(vec![-1])))).is_err());
    assert!(User::read(&batch.project(&[0, 1]).unwrap()).is_err());
    assert!(Events::new(&batch).is_err());
}

#[test]
fn a_list_of_users_that_is_none_is_refused() {
    let activity = Activity { first_at: 0, last_at: 1, counts: [2, 0, 0, 0], purchases_cents: 0 };
    let row = Session {
        user_id: 1,
        other_user_ids: vec![2],
        activity,
        first_interest_at: Some(0),
        first_purchase_at: None,
    };
    let batch = Session::to_batch(&[(SessionId::from("s"), row)]).unwrap();
    for bad in ["", "x", "3,2", "2,2", "2, 3"] {
        let mut columns = batch.columns().to_vec();
        columns[2] = Arc::new(StringArray::from(vec![bad]));
        let batch = RecordBatch::try_new(batch.schema(), columns).unwrap();
        assert!(Session::read(&batch).is_err(), "{bad}");
    }
}

#[test]
fn events_are_read_from_texts_and_from_dictionaries() {
    let mut rows = RowBuilder::new(&FACT_USER_EVENTS);
    for (event_type, brand) in [("view", "acme"), ("purchase", "unknown"), ("view", "acme")] {
        rows.text("");
        rows.time(7);
        rows.text(event_type);
        rows.long(1);
        rows.long(2);
        rows.decimal(300);
        rows.text("s");
        rows.optional_long(None);
        rows.text("a.b");
        rows.text(brand);
        rows.text("unknown");
        rows.text("unknown");
        rows.int(0);
        rows.int(5);
        rows.date(0);
    }
    let plain = rows.finish().unwrap();
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let coded = |words: ArrayRef| {
        let names = ["event_type", "category_name", "brand"];
        let schema = plain.schema();
        let columns = schema.fields().iter().zip(plain.columns()).map(|(field, column)| {
            let column = match field.name().as_str() {
                "brand" => words.clone(),
                name if names.contains(&name) => cast(column, &dictionary).unwrap(),
                _ => column.clone(),
            };
            (field.name().clone(), column)
        });
        RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap()
    };
    let brands = |words: Vec<Option<&str>>| -> ArrayRef {
        let keys = Int32Array::from(vec![2, 1, 2]);
        Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from(words))))
    };
    // A dictionary may hold more than the rows need, nulls among it.
    let events = Events::new(&coded(brands(vec![None, Some("unknown"), Some("acme")]))).unwrap();
    assert_eq!(events.iter().collect::<Vec<_>>(), Events::new(&plain).unwrap().iter().collect::<Vec<_>>());
    assert_eq!(events.iter().map(|event| event.brand).collect::<Vec<_>>(), ["acme", "unknown", "acme"]);
    assert!(Events::new(&coded(brands(vec![Some("x"), Some("unknown"), None]))).is_err());
    assert!(
        Events::new(&coded(Arc::new(StringArray::from(vec![Some("acme"), None, Some("acme")])))).is_err()
    );
}
