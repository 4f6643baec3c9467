//! Refused rows by reason.

use std::collections::BTreeMap;

use estrella_core::schema::REJECTED_EVENTS;
use estrella_lake::Result;
use estrella_report::{Example, Rejected};

use super::read::Read;

/// The most frequent reason first, each with the first row that was found.
pub(super) async fn rejected(read: &Read<'_>) -> Result<Vec<Rejected>> {
    let mut reasons: BTreeMap<String, Rejected> = BTreeMap::new();
    for group in read.columns(&REJECTED_EVENTS, &["object", "line", "reasons"], None).await? {
        let (objects, lines, texts) = (group.texts("object")?, group.longs("line")?, group.texts("reasons")?);
        for row in 0..group.len() {
            for reason in texts.value(row).split(',') {
                let found = reasons.entry(reason.to_owned()).or_insert_with(|| Rejected {
                    reason: reason.to_owned(),
                    rows: 0,
                    example: Some(Example {
                        object: objects.value(row).to_owned(),
                        line: Some(lines.value(row).unsigned_abs()),
                    }),
                });
                found.rows += 1;
            }
        }
    }
    let mut reasons: Vec<Rejected> = reasons.into_values().collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
    Ok(reasons)
}
