//! Steps as bars.

use maud::{Markup, html};

use super::scale::{fraction, percent};
use super::{Words, chart};
use crate::format;

const ROW: usize = 46;
const BAR: usize = 22;

/// One bar for each step; all are measured against the greatest, and named as a part of the step before.
pub(crate) fn funnel(words: &Words, steps: &[(&str, u64)]) -> Markup {
    let greatest = steps.iter().map(|(_, value)| *value).max().unwrap_or(0) as f64;
    let body = html! {
        @for (i, (name, value)) in steps.iter().enumerate() {
            @let y = i * ROW;
            text class="name" x="0" y=(y + 12) { (name) }
            text class="value" x="100%" y=(y + 12) text-anchor="end" {
                (format::count(*value))
                @if let Some((before, whole)) = i.checked_sub(1).and_then(|before| steps.get(before)) {
                    tspan class="was" { " " (format::percent(format::share(*value, *whole))) " of " (before) }
                }
            }
            rect class="track" x="0" y=(y + 18) width="100%" height=(BAR) {}
            rect class="bar" x="0" y=(y + 18) width=(percent(fraction(*value as f64, greatest))) height=(BAR) {}
        }
    };
    chart(words, "funnel", (steps.len() * ROW) as f64, &body)
}
