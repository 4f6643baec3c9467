//! Parts that sections are made of.

use maud::{Markup, Render, html};

use crate::format;

/// A section of the page.
pub(crate) struct Section {
    /// Its anchor.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// What it shows, in a sentence or two.
    pub(crate) lede: Markup,
    pub(crate) body: Markup,
}

impl Render for Section {
    fn render(&self) -> Markup {
        let heading = format!("{}-heading", self.id);
        html! {
            section id=(self.id) aria-labelledby=(heading) {
                h2 id=(heading) { (self.title) }
                p class="lede" { (self.lede) }
                (self.body)
            }
        }
    }
}

/// What a section says while there is nothing to show.
pub(crate) fn empty(text: &str) -> Markup {
    html! { p class="empty" { (text) } }
}

/// What a bounded list leaves out; nothing if it is whole.
pub(crate) fn left_out(count: usize, what: &str) -> Markup {
    html! { @if count > 0 { p class="muted" { (format::counted(count, what)) " more, not shown here." } } }
}

/// A column of a table.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    /// Text, to the left.
    Text(&'static str),
    /// Figures, to the right.
    Figure(&'static str),
    /// Something drawn; not to be sorted by.
    Drawn(&'static str),
}

impl Render for Column {
    fn render(&self) -> Markup {
        html! {
            @match self {
                Self::Text(name) => th scope="col" data-sort="text" { (name) },
                Self::Figure(name) => th scope="col" class="figure" data-sort="figure" { (name) },
                Self::Drawn(name) => th scope="col" { (name) },
            }
        }
    }
}

/// A table that scrolls by itself where it is too wide. A caption names it for those who do not see the heading.
pub(crate) fn table(caption: &str, columns: &[Column], rows: &Markup) -> Markup {
    html! {
        div class="scroll" role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr { @for column in columns { (column) } } }
                tbody { (rows) }
            }
        }
    }
}

/// A table behind a disclosure: a chart's figures.
pub(crate) fn figures(caption: &str, columns: &[Column], rows: &Markup) -> Markup {
    html! {
        details class="figures" {
            summary { "Figures" span class="unseen" { ": " (caption) } }
            (table(caption, columns, rows))
        }
    }
}

/// A cell with a number, which also is what it is sorted by.
pub(crate) fn count(number: u64) -> Markup {
    html! { td class="figure" data-value=(number) { (format::count(number)) } }
}

/// A cell with a figure that is written in a way of its own.
pub(crate) fn figure(value: Option<f64>, text: &str) -> Markup {
    let value = value.filter(|value| value.is_finite());
    html! { td class="figure" data-value=[value] { (text) } }
}

/// An instant.
pub(crate) fn time(ms: i64) -> Markup {
    html! { time datetime=(format::machine_time(ms)) { (format::minute(ms)) } }
}

/// An hour.
pub(crate) fn hour(hour: i64) -> Markup {
    time(format::hour_ms(hour))
}
