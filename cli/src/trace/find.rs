//! Which objects a name means.

use std::collections::BTreeMap;
use std::path::Path;

use estrella_contracts::{ObjectRef, Receipt, Refusal, keys};
use estrella_lake::Result;
use estrella_runtime::Deps;
use serde::de::DeserializeOwned;

use super::TraceError;
use crate::books::{documents, ids};

/// Prefix of the objects that were refused whole.
const REFUSED: &str = "landed/refused/";
/// Least likeness of a name that is worth a hint, from 0 to 1.
const LIKENESS: f64 = 0.8;
/// Most names in a hint.
const MOST_NEAR: usize = 3;

/// What extract has written of an object: one of the two.
pub(super) struct Found {
    pub(super) receipt_id: String,
    pub(super) object: ObjectRef,
    pub(super) receipt: Option<Receipt>,
    pub(super) refusal: Option<Refusal>,
}

/// The objects, by key and version.
pub(super) async fn objects(name: &str, deps: &Deps) -> std::result::Result<Vec<Found>, TraceError> {
    let is_id = name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let wanted = is_id.then_some(name);
    let mut found = BTreeMap::new();
    for (id, receipt) in read::<Receipt>(keys::RECEIPTS, keys::receipt, wanted, deps).await? {
        let object = receipt.object.clone();
        found.insert(id.clone(), Found { receipt_id: id, object, receipt: Some(receipt), refusal: None });
    }
    for (id, refusal) in read::<Refusal>(REFUSED, keys::refused, wanted, deps).await? {
        let object = refusal.object.clone();
        let none = Found { receipt_id: id.clone(), object, receipt: None, refusal: None };
        found.entry(id).or_insert(none).refusal = Some(refusal);
    }
    let path = Path::new(name).canonicalize().ok();
    let path = path.as_deref().and_then(Path::to_str);
    let (mut named, others): (Vec<Found>, Vec<Found>) =
        found.into_values().partition(|found| is_id || is_named(&found.object, name, path));
    if named.is_empty() {
        let near = near(name, others.iter().map(|other| other.object.key.as_str()));
        return Err(TraceError::Unknown { name: name.to_owned(), near });
    }
    named.sort_by(|a, b| (&a.object.key, &a.object.version).cmp(&(&b.object.key, &b.object.version)));
    Ok(named)
}

async fn read<T: DeserializeOwned>(
    prefix: &str,
    key: impl Fn(&str) -> String,
    wanted: Option<&str>,
    deps: &Deps,
) -> Result<Vec<(String, T)>> {
    let store = &**deps.lake.store();
    let ids = match wanted {
        Some(id) => vec![id.to_owned()],
        None => ids(store, prefix).await?,
    };
    let mut found = Vec::with_capacity(ids.len());
    for (key, document) in documents::<T>(store, ids.iter().map(|id| key(id)).collect()).await? {
        found.extend(keys::id_of(&key).map(str::to_owned).zip(Some(document?)));
    }
    Ok(found)
}

fn is_named(object: &ObjectRef, name: &str, path: Option<&str>) -> bool {
    let (bucket, key) = (&object.bucket, object.key.as_str());
    let address = name.split_once("://").map_or(name, |(_, address)| address);
    key == name
        || address == format!("{bucket}/{key}")
        || path.is_some_and(|path| path.strip_prefix('/') == Some(key))
        || last_part(key) == name
}

fn last_part(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// Keys whose last part is like the last part of the name.
fn near<'k>(name: &str, keys: impl Iterator<Item = &'k str>) -> Vec<String> {
    let wanted = last_part(name);
    let likeness = |key: &str| match last_part(key) {
        part if part.contains(wanted) => 1.0,
        part => strsim::jaro_winkler(part, wanted),
    };
    let mut near: Vec<(f64, &str)> =
        keys.map(|key| (likeness(key), key)).filter(|(likeness, _)| *likeness >= LIKENESS).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.dedup();
    near.into_iter().take(MOST_NEAR).map(|(_, key)| key.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_those_that_a_typist_means() {
        let keys =
            ["raw/2019-Oct.csv.gz", "raw/2019-Nov.csv.gz", "raw/shop/users/LOAD1.csv", "raw/x.parquet"];
        assert_eq!(near("2019-Okt.csv.gz", keys.into_iter())[0], "raw/2019-Oct.csv.gz");
        assert_eq!(near("Nov", keys.into_iter()), ["raw/2019-Nov.csv.gz"]);
        assert!(near("qqqq", keys.into_iter()).is_empty());
    }
}
