//! Single rows.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, Int32Type, Int64Type, Schema, TimestampMicrosecondType};

use super::Owned;
use crate::event::{EventType, parse_date};
use crate::star::{
    Activity, Aggregate, Brand, Category, Events, Merge, Row, Session, SessionId, User, Visit, calendar,
};

const HOUR: i64 = 3_600_000_000;

fn text(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let column = batch.column_by_name(column).unwrap().as_string::<i32>();
    column.is_valid(row).then(|| column.value(row).to_owned())
}

fn event(event_time: i64, event_type: EventType, user_id: i64) -> Owned {
    Owned {
        event_time,
        event_type,
        user_id,
        product_id: 1,
        price_cents: 100,
        session_id: "s".to_owned(),
        category_id: Some(1),
        category_code: "a.b.c.d.e".to_owned(),
        brand: "acme".to_owned(),
    }
}

fn session(events: &[Owned]) -> Session {
    let visits = events.iter().map(|e| Session::of(e.user_id, &Visit::of(&e.event())));
    visits
        .reduce(|mut a, b| {
            a.merge(b);
            a
        })
        .unwrap()
}

#[test]
fn a_code_is_taken_apart() {
    let category = |code: &str| Category { code: code.into(), first_at: 0, last_at: 1 };
    let batch =
        Category::to_batch(&[(1, category("a.b.c.d.e")), (2, category("unknown")), (3, category("a.b"))])
            .unwrap();
    let columns = ["category_name", "parent_code", "level_1", "level_2", "level_3", "level_4"];
    let row = |row: usize| columns.map(|column| text(&batch, column, row).unwrap_or_default());
    assert_eq!(row(0), ["e", "a.b.c.d", "a", "b", "c", "d"]);
    assert_eq!(row(1), ["unknown", "", "unknown", "", "", ""]);
    assert_eq!(row(2), ["b", "a", "a", "b", "", ""]);
    assert_eq!(text(&batch, "parent_code", 1), None);
    let depths = batch.column_by_name("depth").unwrap().as_primitive::<Int32Type>();
    assert_eq!(depths.values(), &[5, 1, 2]);
}

#[test]
fn flags_of_sessions_follow_their_rules() {
    use EventType::{Cart, Purchase, RemoveFromCart, View};
    let plain = session(&[event(0, View, 7), event(5, Purchase, 7)]);
    assert!(plain.is_converted() && !plain.has_unexplained_purchase() && !plain.has_many_users());
    assert!(session(&[event(5, Purchase, 7), event(6, View, 7)]).has_unexplained_purchase());
    assert!(session(&[event(5, Purchase, 7), event(1, RemoveFromCart, 7)]).has_unexplained_purchase());
    // In one instant the order is not known.
    assert!(!session(&[event(5, Purchase, 7), event(5, Cart, 7)]).has_unexplained_purchase());
    assert!(!session(&[event(0, View, 7), event(24 * HOUR, View, 7)]).is_oversized());
    assert!(session(&[event(0, View, 7), event(24 * HOUR + 1, View, 7)]).is_oversized());
    let many: Vec<_> = (0..1_001).map(|_| event(0, View, 7)).collect();
    assert!(!session(&many[..1_000]).is_oversized());
    assert!(session(&many).is_oversized());
}

#[test]
fn a_session_names_its_users() {
    let row = session(&[
        event(1, EventType::View, 9),
        event(0, EventType::View, 8),
        event(0, EventType::View, 11),
        event(2, EventType::View, -3),
    ]);
    let batch = Session::to_batch(&[(SessionId::from("s"), row)]).unwrap();
    assert_eq!(batch.column_by_name("user_id").unwrap().as_primitive::<Int64Type>().value(0), 8);
    assert_eq!(text(&batch, "other_user_ids", 0).unwrap(), "-3,9,11");
    assert!(batch.column_by_name("has_many_users").unwrap().as_boolean().value(0));
}

#[test]
fn sums_are_exact_or_refused() {
    let activity =
        |purchases_cents| Activity { first_at: 0, last_at: 0, counts: [0, 0, 0, 1], purchases_cents };
    let brand = |cents| [(Box::from("b"), Brand { activity: activity(cents) })];
    let most = 10i64.pow(18) - 1;
    assert_eq!(Brand::read(&Brand::to_batch(&brand(most)).unwrap()).unwrap(), brand(most));
    assert!(Brand::to_batch(&brand(most + 1)).is_err());
    let mut sum = activity(i64::MAX);
    sum.merge(activity(most));
    assert!(Brand::to_batch(&brand(sum.purchases_cents)).is_err());
}

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
    let row = session(&[event(0, EventType::View, 1), event(1, EventType::View, 2)]);
    let batch = Session::to_batch(&[(SessionId::from("s"), row)]).unwrap();
    for bad in ["", "x", "3,2", "2,2", "2, 3"] {
        let mut columns = batch.columns().to_vec();
        columns[2] = Arc::new(StringArray::from(vec![bad]));
        let batch = RecordBatch::try_new(batch.schema(), columns).unwrap();
        assert!(Session::read(&batch).is_err(), "{bad}");
    }
}

#[test]
fn the_calendar_knows_leap_days_and_iso_weeks() {
    let day = |text: &str| parse_date(text).unwrap();
    let batch = calendar(day("2019-12-29"), day("2020-03-01")).unwrap();
    assert_eq!(batch.num_rows(), 64 * 24);
    let longs = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().clone();
    let ints =
        |name: &str, row: usize| batch.column_by_name(name).unwrap().as_primitive::<Int32Type>().value(row);
    assert!(longs("time_key").values().is_sorted_by(|a, b| a < b));
    assert_eq!(longs("time_key").value(25), 2019123001);
    let starts = batch.column_by_name("hour_start").unwrap().as_primitive::<TimestampMicrosecondType>();
    assert!(starts.values().windows(2).all(|pair| pair[1] - pair[0] == HOUR));
    assert_eq!(
        batch.column_by_name("date").unwrap().as_primitive::<Date32Type>().value(24),
        day("2019-12-30")
    );
    // 2019-12-30 is the Monday of the first week of 2020.
    assert_eq!(
        [ints("iso_week", 24), ints("iso_year", 24), ints("year", 24), ints("quarter", 24)],
        [1, 2020, 2019, 4]
    );
    assert_eq!((ints("day_of_week", 24), text(&batch, "day_name", 24).unwrap()), (2, "Monday".to_owned()));
    let leap = (62 * 24) + 23;
    assert_eq!(
        [
            ints("day_of_month", leap),
            ints("month", leap),
            ints("day_of_year", leap),
            ints("hour_of_day", leap)
        ],
        [29, 2, 60, 23]
    );
    assert_eq!(text(&batch, "month_name", leap).unwrap(), "February");
    assert!(batch.column_by_name("is_weekend").unwrap().as_boolean().value(leap));
    assert_eq!(calendar(5, 4).unwrap().num_rows(), 0);
    assert!(calendar(i32::MAX, i32::MAX).is_err());
}
