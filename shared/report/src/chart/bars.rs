//! Shares of categories, now beside the reference.

use maud::{Markup, html};

use super::scale::{fraction, percent};
use super::{Words, chart};
use crate::format;

const ROW: usize = 36;
/// Characters of a name that fit beside its figures on the smallest screen.
const MAX_NAME: usize = 26;

/// One category: its name, its share now and its share in the reference, if there is one.
pub(crate) struct Pair<'a> {
    pub(crate) name: &'a str,
    pub(crate) current: Option<f64>,
    pub(crate) reference: Option<f64>,
}

/// A wide bar for now over a narrow one for the reference, in each category.
pub(crate) fn bars(words: &Words, pairs: &[Pair]) -> Markup {
    let shares = pairs.iter().flat_map(|pair| [pair.current, pair.reference]).flatten();
    let greatest = shares.fold(0.0, f64::max);
    let body = html! {
        @for (i, pair) in pairs.iter().enumerate() {
            @let y = i * ROW;
            text class="name" x="0" y=(y + 12) { (format::shortened(pair.name, MAX_NAME)) }
            text class="value" x="100%" y=(y + 12) text-anchor="end" {
                (format::percent(pair.current))
                @if let Some(reference) = pair.reference {
                    tspan class="was" { " was " (format::percent(Some(reference))) }
                }
            }
            (bar("bar", y + 17, 8, pair.current, greatest))
            @if pair.reference.is_some() { (bar("was", y + 26, 3, pair.reference, greatest)) }
        }
    };
    chart(words, "bars", (pairs.len() * ROW) as f64, &body)
}

fn bar(class: &str, y: usize, height: usize, share: Option<f64>, greatest: f64) -> Markup {
    let width = percent(fraction(share.unwrap_or(0.0), greatest));
    html! { rect class=(class) x="0" y=(y) width=(width) height=(height) {} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_share_fills_the_width() {
        let words = Words { id: "b", title: "t", says: "s" };
        let pair = |current, reference| Pair { name: "n", current: Some(current), reference };
        let html = bars(&words, &[pair(0.2, Some(0.4)), pair(0.1, None)]).into_string();
        assert!(html.contains(r#"class="bar" x="0" y="17" width="50%""#), "{html}");
        assert!(html.contains(r#"class="was" x="0" y="26" width="100%""#));
        assert_eq!(html.matches(r#"<rect class="was""#).count(), 1);
    }
}
