//! Charts, drawn as SVG.
//!
//! Places are given in percent of the chart, and curves in an inner SVG that is stretched, so that a chart fits any
//! width while its text and its lines keep their size. No number that is not finite is ever written.

pub(crate) mod bars;
pub(crate) mod funnel;
pub(crate) mod mark;
pub(crate) mod scale;
pub(crate) mod steps;
pub(crate) mod strip;
pub(crate) mod volume;
pub(crate) mod week;

use maud::{Markup, html};

/// What a chart is called and what it says, for those who do not see it.
pub(crate) struct Words<'a> {
    /// Unique in the page.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) says: &'a str,
}

/// A chart of a height in pixels, as wide as there is room.
pub(crate) fn chart(words: &Words, class: &str, height: f64, body: &Markup) -> Markup {
    let (title, says) = (format!("{}-title", words.id), format!("{}-says", words.id));
    html! {
        svg id=(words.id) class={ "chart " (class) } role="img" aria-labelledby=(title) aria-describedby=(says)
            width="100%" height=(scale::number(height)) {
            title id=(title) { (words.title) }
            desc id=(says) { (words.says) }
            (body)
        }
    }
}
