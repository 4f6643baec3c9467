//! The products: what is sold, how often it is looked at, and what it costs.

use std::ops::Range;

use rand::Rng;
use rand::distr::Distribution;
use rand::rngs::SmallRng;
use rand_distr::StandardNormal;
use rand_distr::weighted::WeightedAliasIndex;

use super::categories::{Category, categories};
use super::prices;
use super::sampling::{Purpose, mark_share, stream, zipf};

/// Rows and products of the real month that sizes are scaled from.
const REAL_ROWS: f64 = 66_600_000.0;
const REAL_PRODUCTS: f64 = 300_000.0;
/// Products grow more slowly than rows: a tenth of the rows still sees nearly half the products.
const PRODUCTS_GROWTH: f64 = 0.35;
/// Share of the traffic on products without a brand.
const NULL_BRAND_SHARE: f64 = 0.12;
/// Spread of the log-prices inside a category, in units of the spread between categories.
const PRICE_SPREAD_WITHIN: f64 = 1.2;

/// Where a product's text lies: `,product_id,category_id,category_code,` and then its brand.
struct Text {
    start: u32,
    brand: u32,
    end: u32,
}

/// All products, those of a category next to each other, the busiest first.
pub(super) struct Catalogue {
    bytes: Vec<u8>,
    texts: Vec<Text>,
    /// First product of each category, and the number of products at the end.
    first: Vec<u32>,
    by_traffic: WeightedAliasIndex<f64>,
    within: Vec<WeightedAliasIndex<f64>>,
    base_cents: Vec<u32>,
}

impl Catalogue {
    pub(super) fn new(rows: u64, seed: u64) -> anyhow::Result<Self> {
        let categories = categories(seed);
        let mut rng = stream(seed, Purpose::Products, 0);
        let counts = product_counts(&categories, rows);
        let mut first = vec![0];
        let (mut traffic, mut log_price, mut within) = (Vec::new(), Vec::new(), Vec::new());
        for (category, &count) in categories.iter().zip(&counts) {
            let weights = zipf(count, 0.95, 4.0);
            traffic.extend(weights.iter().map(|weight| weight * category.traffic));
            log_price.extend(
                weights.iter().map(|_| {
                    category.price_level + PRICE_SPREAD_WITHIN * rng.sample::<f64, _>(StandardNormal)
                }),
            );
            within.push(WeightedAliasIndex::new(weights)?);
            first.push(traffic.len() as u32);
        }
        // Smartphones all have a brand, and so has each category's best seller.
        let may_lack_brand =
            |product| product >= counts[0] && first.binary_search(&(product as u32)).is_err();
        let unbranded = mark_share(&traffic, NULL_BRAND_SHARE, may_lack_brand, &mut rng);
        let (bytes, texts) = texts(&categories, &first, &unbranded, &mut rng)?;
        Ok(Self {
            bytes,
            texts,
            first,
            by_traffic: WeightedAliasIndex::new(
                categories.iter().map(|category| category.traffic).collect(),
            )?,
            within,
            base_cents: prices::fit(&log_price, &traffic),
        })
    }

    /// A category, by traffic.
    pub(super) fn draw_category(&self, rng: &mut SmallRng) -> usize {
        self.by_traffic.sample(rng)
    }

    /// A product of the category, by traffic.
    pub(super) fn draw_product(&self, category: usize, rng: &mut SmallRng) -> u32 {
        self.first[category] + self.within[category].sample(rng) as u32
    }

    /// `,product_id,category_id,category_code,` of a product.
    pub(super) fn ids(&self, product: u32) -> &[u8] {
        let text = &self.texts[product as usize];
        &self.bytes[text.start as usize..text.brand as usize]
    }

    /// The product's brand, empty for none.
    pub(super) fn brand(&self, product: u32) -> &[u8] {
        let text = &self.texts[product as usize];
        &self.bytes[text.brand as usize..text.end as usize]
    }

    /// Number of products.
    pub(super) fn len(&self) -> u32 {
        self.texts.len() as u32
    }

    /// Products of the busiest category.
    pub(super) fn top_category(&self) -> Range<usize> {
        0..self.first[1] as usize
    }

    /// The price of each product before any day's changes, in cents.
    pub(super) fn base_cents(&self) -> &[u32] {
        &self.base_cents
    }
}

/// Products of each category, at least one, the busier the more.
fn product_counts(categories: &[Category], rows: u64) -> Vec<usize> {
    let products = REAL_PRODUCTS * (rows as f64 / REAL_ROWS).powf(PRODUCTS_GROWTH);
    let breadth: Vec<f64> = categories.iter().map(|category| category.traffic.sqrt()).collect();
    let total: f64 = breadth.iter().sum();
    breadth.iter().map(|breadth| (products * breadth / total).ceil().max(1.0) as usize).collect()
}

/// Writes the text of all products, so that a row needs only two copies of it.
fn texts(
    categories: &[Category],
    first: &[u32],
    unbranded: &[bool],
    rng: &mut SmallRng,
) -> anyhow::Result<(Vec<u8>, Vec<Text>)> {
    let (mut bytes, mut texts) = (Vec::new(), Vec::with_capacity(unbranded.len()));
    let mut product_id = 1_000_000_u64;
    let widest_gap = (120_000_000 / unbranded.len() as u64).max(1);
    for (category, bounds) in categories.iter().zip(first.windows(2)) {
        let brand_of = WeightedAliasIndex::new(zipf(category.brands.len(), 1.1, 0.0))?;
        for product in bounds[0]..bounds[1] {
            let start = bytes.len() as u32;
            product_id += rng.random_range(1..=widest_gap);
            let code = category.code.as_deref().unwrap_or_default();
            bytes.extend_from_slice(format!(",{product_id},{},{code},", category.id).as_bytes());
            let brand = bytes.len() as u32;
            let name = &category.brands[brand_of.sample(rng)];
            if !unbranded[product as usize] {
                bytes.extend_from_slice(name.as_bytes());
            }
            texts.push(Text { start, brand, end: bytes.len() as u32 });
        }
    }
    Ok((bytes, texts))
}
