//! Change files in all their forms.

use std::collections::HashSet;
use std::convert::Infallible;
use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::changes::{ChangeDecoder, Kind, Mapping, Value, decode_change_events, decode_changes, values};
use crate::decode::{DecodeError, Decoded, Format, Records, Stopped};
use crate::event::Rules;
use crate::schema::arrow_schema;

const CDC: Kind = Kind::Changes { named_us: 1_723_231_637_787_000 };

fn mapping() -> Mapping {
    Mapping::parse(
        r#"{"tables": [{"source": "erp.staff", "name": "staff", "key": ["id"], "columns": [
            {"name": "id", "type": "long"},
            {"name": "label", "type": "string"},
            {"name": "hired", "type": "date"},
            {"name": "seen", "type": "timestamptz"},
            {"name": "pay", "type": "decimal(7,2)"},
            {"name": "boss", "type": "boolean"}]}]}"#,
    )
    .unwrap()
}

fn decode(text: &str, kind: Kind, format: Format) -> Result<RecordBatch, DecodeError> {
    let mapping = mapping();
    let table = mapping.of_source("erp.staff").unwrap();
    let decoder = ChangeDecoder { table, kind, object: "erp/staff/x.csv" };
    let mut batches = Vec::new();
    let bytes = match format {
        Format::CsvGzip => {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(text.as_bytes()).unwrap();
            gzip.finish().unwrap()
        }
        _ => text.as_bytes().to_vec(),
    };
    let records: Records<_, Bytes> = Records::Text(bytes.as_slice(), format);
    let report = decode_changes(records, &decoder, |rows| {
        batches.push(rows.finish().unwrap());
        Ok::<_, Infallible>(())
    });
    match report {
        Ok(report) => {
            let batch = concat_batches(&arrow_schema(table.tables.landed), &batches).unwrap();
            assert_eq!(report.rows, batch.num_rows() as u64);
            Ok(batch)
        }
        Err(Stopped::Decode(error)) => Err(error),
        Err(Stopped::Sink(never)) => match never {},
    }
}

fn column(batch: &RecordBatch, name: &str) -> Vec<Value> {
    let mapping = mapping();
    let landed = mapping.of_source("erp.staff").unwrap().tables.landed;
    let ty = landed.columns.iter().find(|column| column.name == name).unwrap().ty;
    values(batch, name, ty).unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

#[test]
fn a_header_names_the_columns_in_any_order() {
    let rows = "Op,boss,id,label,hired,seen,pay,extra,commit_time,change_seq\n\
                I,true,7,\"a, \"\"b\"\"\",2024-02-29,2024-08-09 19:27:17.787001,-1.5,x,2024-08-09 19:27:18,0001\n\
                U,NULL,7,\"NULL\",,,NULL,,2024-08-09 19:27:19.000001,0002\r\n\
                D,f,7,zzz,2024-02-29,not a time,nothing,,2024-08-09 19:27:20,0003";
    for format in [Format::Csv, Format::CsvGzip] {
        let batch = decode(rows, CDC, format).unwrap();
        assert_eq!(column(&batch, "label"), [text("a, \"b\""), text("NULL"), Value::Null]);
        assert_eq!(column(&batch, "boss"), [Value::Boolean(true), Value::Null, Value::Null]);
        assert_eq!(column(&batch, "pay"), [Value::Decimal(-150), Value::Null, Value::Null]);
        assert_eq!(column(&batch, "hired")[0], Value::Date(19_782));
        assert_eq!(column(&batch, "seen")[0], Value::Time(1_723_231_637_787_001));
        assert_eq!(column(&batch, "id"), [Value::Long(7), Value::Long(7), Value::Long(7)]);
        assert_eq!(column(&batch, "change_op"), [text("I"), text("U"), text("D")]);
        assert_eq!(column(&batch, "change_time")[1], Value::Time(1_723_231_639_000_001));
        assert_eq!(column(&batch, "change_seq"), [text("0001"), text("0002"), text("0003")]);
        assert_eq!(column(&batch, "change_row"), [Value::Long(2), Value::Long(3), Value::Long(4)]);
    }
}

#[test]
fn without_a_header_the_width_tells_what_is_there() {
    let row = "7,x,2024-02-29,2024-08-09 19:27:17,1.00,t";
    let at = Value::Time(1_723_231_640_000_000);
    let named = Value::Time(1_723_231_637_787_000);
    for (line, kind, op, time, sequence) in [
        (row.to_owned(), Kind::FullLoad, "L", Value::Null, Value::Null),
        (format!("I,{row}"), Kind::FullLoad, "L", Value::Null, Value::Null),
        (format!("{row},2024-08-09 19:27:20"), Kind::FullLoad, "L", at.clone(), Value::Null),
        (format!("{row},2024-08-09 19:27:20,9"), Kind::FullLoad, "L", at.clone(), text("9")),
        (row.to_owned(), CDC, "I", named.clone(), Value::Null),
        (format!("U,{row}"), CDC, "U", named.clone(), Value::Null),
        (format!("U,{row},2024-08-09 19:27:20"), CDC, "U", at.clone(), Value::Null),
        (format!("U,{row},77"), CDC, "U", named, text("77")),
        (format!("D,{row},2024-08-09 19:27:20,77"), CDC, "D", at, text("77")),
    ] {
        let batch = decode(&line, kind, Format::Csv).unwrap();
        let found = ["change_op", "change_time", "change_seq"].map(|name| column(&batch, name)[0].clone());
        assert_eq!(found, [text(op), time, sequence], "{line}");
        assert_eq!(column(&batch, "id"), [Value::Long(7)], "{line}");
    }
}

#[test]
fn what_cannot_be_read_refuses_the_file_and_says_why() {
    let header = "Op,id,label,hired,seen,pay,boss\n";
    let row = "I,7,x,2024-02-29,2024-08-09 19:27:17,1.00,t\n";
    for (rows, line, reason) in [
        (row.replace('7', "2.1E+3"), 3, "column id cannot be \"2.1E+3\""),
        (row.replacen('7', "", 1), 3, "column id cannot be \"null\""),
        (row.replace("1.00", "1.001"), 3, "column pay"),
        (row.replace("1.00", "100000.00"), 3, "column pay"),
        (row.replace("2024-02-29", "2023-02-29"), 3, "column hired"),
        (row.replace("I,", "X,"), 3, "column Op cannot be \"X\""),
        ("I,7,x\n".to_owned(), 3, "3 fields"),
        ("I,\"7,x".to_owned(), 3, "quote is never closed"),
    ] {
        let error = decode(&format!("{header}{row}{rows}"), CDC, Format::Csv).unwrap_err();
        assert_eq!(error.line, Some(line), "{rows}: {error}");
        assert!(error.to_string().contains(reason), "{rows}: {error}");
        assert!(error.is_invalid_input());
    }
    let error = decode("Op,id,label,hired,seen,pay\n", CDC, Format::Csv).unwrap_err();
    assert_eq!(error.to_string(), "line 1: missing columns: boss");
}

#[test]
fn events_of_the_database_are_events_with_their_own_ids() {
    let mapping = Mapping::default();
    let table = mapping.of_source("public.events").unwrap();
    let decoder = ChangeDecoder { table, kind: CDC, object: "public/events/x.csv" };
    let id = "72d76fde-8bb3-4e00-8c23-a032dfed738c";
    let rows = format!(
        "Op,event_id,session_id,user_id,product_id,event_type,event_time,price,commit_time\n\
         I,{id},s,1,2,view,2024-08-09 19:27:17.787001,3.5,2024-08-09 19:27:18\n\
         I,12345,s,1,2,cart,2024-08-09 19:27:17,3.50,2024-08-09 19:27:18\n\
         U,{id},s,1,2,view,2024-08-09 19:27:17.787001,4.5,2024-08-09 19:27:19\n\
         D,{id},NULL,NULL,NULL,NULL,NULL,NULL,2024-08-09 19:27:20\n\
         I,x,s,1,2,view,2024-08-09 19:27:17,NULL,2024-08-09 19:27:18\n"
    );
    let mut all = Decoded::default();
    let records: Records<_, Bytes> = Records::Text(rows.as_bytes(), Format::Csv);
    let report = decode_change_events(records, &decoder, &Rules::default(), |decoded| {
        all.events.extend(&decoded.events, 0..decoded.events.len());
        all.rejected.extend(decoded.rejected);
        Ok::<_, Infallible>(())
    })
    .unwrap();
    assert_eq!((report.rows, all.events.len()), (5, 2));
    assert_eq!(all.events.event_id, [0x72d7_6fde_8bb3_4e00_8c23_a032_dfed_738c, 12345]);
    assert_eq!(all.events.event_time[0], 1_723_231_637_787_001);
    let reasons: Vec<_> = all.rejected.iter().map(|row| (row.line, row.reasons.to_string())).collect();
    assert_eq!(
        reasons,
        [
            (4, "not_an_insert".to_owned()),
            (5, "not_an_insert".to_owned()),
            (6, "bad_event_id,missing_price".to_owned())
        ]
    );
}

#[test]
fn of_somebody_who_was_erased_changes_of_events_are_refused_without_their_text() {
    let mapping = Mapping::default();
    let table = mapping.of_source("public.events").unwrap();
    let decoder = ChangeDecoder { table, kind: CDC, object: "public/events/x.csv" };
    let rows = "Op,event_id,session_id,user_id,product_id,event_type,event_time,price,commit_time\n\
        U,12345,s,777,2,view,2024-08-09 19:27:17,4.5,2024-08-09 19:27:19\n\
        U,12346,s,1,2,view,2024-08-09 19:27:17,4.5,2024-08-09 19:27:19\n";
    let rules = Rules { forgotten: Arc::new(HashSet::from([777])), ..Rules::default() };
    let mut rejected = Vec::new();
    let records: Records<_, Bytes> = Records::Text(rows.as_bytes(), Format::Csv);
    decode_change_events(records, &decoder, &rules, |decoded| {
        rejected.extend(decoded.rejected);
        Ok::<_, Infallible>(())
    })
    .unwrap();
    let told: Vec<_> = rejected.iter().map(|row| (row.reasons.to_string(), row.raw.is_empty())).collect();
    assert_eq!(told, [("forgotten_user".to_owned(), true), ("not_an_insert".to_owned(), false)]);
}
