//! Names of categories and brands: those that everybody knows, and coined ones.

use std::collections::HashSet;

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

/// Well-known categories, the busiest first, each with its leading brands.
pub(super) const KNOWN: &[(&str, &[&str])] = &[
    ("electronics.smartphone", &["samsung", "apple", "xiaomi", "huawei", "oppo", "vivo", "meizu", "nokia"]),
    ("electronics.clocks", &["casio", "apple", "samsung", "xiaomi", "tissot", "garmin"]),
    ("computers.notebook", &["acer", "lenovo", "hp", "asus", "apple", "dell", "msi"]),
    ("electronics.audio.headphone", &["apple", "xiaomi", "sony", "jbl", "samsung", "marshall"]),
    ("appliances.kitchen.refrigerators", &["lg", "samsung", "artel", "beko", "indesit", "bosch"]),
    ("electronics.video.tv", &["samsung", "artel", "lg", "sony", "haier", "tcl"]),
    ("appliances.environment.vacuum", &["samsung", "karcher", "bosch", "philips", "xiaomi"]),
    ("appliances.environment.air_heater", &["ballu", "oasis", "timberk", "electrolux"]),
    ("auto.accessories.player", &["pioneer", "jvc", "kenwood", "alpine"]),
    ("apparel.shoes", &["respect", "salamander", "rieker", "baden"]),
    ("appliances.kitchen.washer", &["lg", "indesit", "samsung", "beko", "bosch", "haier"]),
    ("apparel.shoes.keds", &["nike", "adidas", "asics", "puma"]),
    ("electronics.telephone", &["panasonic", "texet", "gigaset"]),
    ("furniture.living_room.sofa", &["brw", "ikea"]),
    ("auto.accessories.alarm", &["starline", "pandora", "sherkhan"]),
    ("computers.desktop", &["lenovo", "hp", "acer", "dell"]),
    ("furniture.bedroom.bed", &["brw", "ikea"]),
    ("accessories.bag", &["samsonite", "wenger"]),
    ("appliances.kitchen.microwave", &["samsung", "lg", "midea", "panasonic"]),
    ("appliances.environment.water_heater", &["ariston", "electrolux", "haier"]),
    ("sport.bicycle", &["stels", "giant", "forward"]),
    ("kids.carriage", &["chicco", "lorelli", "anex"]),
    ("construction.tools.drill", &["bosch", "makita", "dewalt", "metabo"]),
    ("electronics.tablet", &["samsung", "apple", "lenovo", "huawei"]),
    ("computers.components.videocards", &["palit", "gigabyte", "msi", "asus"]),
    ("appliances.kitchen.kettle", &["tefal", "vitek", "polaris", "redmond"]),
    ("appliances.sewing_machine", &["janome", "brother", "bernina"]),
    ("computers.peripherals.printer", &["canon", "epson", "hp", "xerox"]),
    ("computers.peripherals.monitor", &["samsung", "lg", "aoc", "philips"]),
    ("kids.toys", &["lego", "hasbro", "mattel"]),
    ("construction.tools.welding", &["resanta", "fubag"]),
    ("appliances.personal.hair_cutter", &["philips", "braun", "moser"]),
    ("stationery.cartridge", &["hp", "canon"]),
    ("medicine.tools.tonometer", &["omron", "microlife"]),
    ("country_yard.cultivator", &["huter", "husqvarna"]),
    ("sport.trainer", &["torneo", "hasttings"]),
];

const TOP_LEVELS: &[&str] = &[
    "accessories",
    "apparel",
    "appliances",
    "auto",
    "computers",
    "construction",
    "country_yard",
    "electronics",
    "furniture",
    "kids",
    "medicine",
    "sport",
    "stationery",
];

const SYLLABLES: &[&str] = &[
    "al", "ba", "cor", "den", "el", "fa", "gar", "hi", "in", "jo", "ka", "len", "mar", "no", "or", "pel",
    "ra", "sil", "ta", "ur", "ven", "wi", "xo", "zen",
];

/// `count` category codes: the known ones in their order, then coined ones of two or three levels.
pub(super) fn category_codes(count: usize, rng: &mut SmallRng) -> Vec<String> {
    let known = KNOWN.iter().map(|(code, _)| (*code).to_owned()).collect();
    extended(known, count, || {
        let top = TOP_LEVELS.choose(rng).copied().unwrap_or_default();
        match rng.random_bool(0.4) {
            true => format!("{top}.{}", word(3, rng)),
            false => format!("{top}.{}.{}", word(2, rng), word(3, rng)),
        }
    })
}

/// `count` coined brand names.
pub(super) fn brands(count: usize, rng: &mut SmallRng) -> Vec<String> {
    extended(Vec::new(), count, || {
        let syllables = rng.random_range(2..=3);
        word(syllables, rng)
    })
}

/// Coins names until there are `count` different ones.
fn extended(mut names: Vec<String>, count: usize, mut coin: impl FnMut() -> String) -> Vec<String> {
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    while names.len() < count {
        let name = coin();
        if taken.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}

fn word(syllables: usize, rng: &mut SmallRng) -> String {
    (0..syllables).filter_map(|_| SYLLABLES.choose(rng).copied()).collect()
}
