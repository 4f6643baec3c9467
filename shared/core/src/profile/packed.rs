//! Hours in a compact form: a text, for documents and table cells.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::HourProfile;

impl HourProfile {
    /// As a text: base64 of postcard, some ten times smaller than JSON.
    pub fn pack(&self) -> String {
        // Of what it is given here it refuses nothing.
        STANDARD.encode(postcard::to_stdvec(self).unwrap_or_default())
    }

    /// What [`pack`](Self::pack) made; none of any other text.
    pub fn unpack(text: &str) -> Option<Self> {
        postcard::from_bytes(&STANDARD.decode(text).ok()?).ok()
    }
}

pub(super) fn serialize<S: Serializer>(
    hours: &BTreeMap<u8, HourProfile>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let packed: BTreeMap<u8, String> = hours.iter().map(|(hour, profile)| (*hour, profile.pack())).collect();
    packed.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<u8, HourProfile>, D::Error> {
    let packed = BTreeMap::<u8, String>::deserialize(deserializer)?;
    let unpack = |(hour, text): (u8, String)| {
        let profile = HourProfile::unpack(&text).ok_or_else(|| D::Error::custom("hour cannot be read"))?;
        Ok((hour, profile))
    };
    packed.into_iter().map(unpack).collect()
}
