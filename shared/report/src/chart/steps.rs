//! Histograms, now over the reference.

use std::fmt::Write;

use maud::{Markup, html};

use super::scale::{Axis, number, percent};
use super::{Words, chart};
use crate::format;

const HEIGHT: f64 = 168.0;
/// Units of the stretched drawing from the bottom to the top.
const UNITS: f64 = 1000.0;
/// Names of ends of ranges that fit below the smallest chart.
const MAX_LABELS: usize = 6;

/// One range: the name of its lower end, its share now, its share in the reference, if there is one.
pub(crate) struct Step {
    pub(crate) from: String,
    pub(crate) current: Option<f64>,
    pub(crate) reference: Option<f64>,
}

/// Filled steps for now, a line for the reference; all ranges are equally wide.
pub(crate) fn steps(words: &Words, ranges: &[Step]) -> Markup {
    let shares = ranges.iter().flat_map(|step| [step.current, step.reference]).flatten();
    let axis = Axis::up_to(shares.fold(0.0, f64::max), 3);
    let now: Vec<f64> = ranges.iter().map(|step| axis.place(step.current.unwrap_or(0.0))).collect();
    let was: Vec<f64> =
        ranges.iter().filter_map(|step| step.reference).map(|share| axis.place(share)).collect();
    let every = ranges.len().div_ceil(MAX_LABELS).max(1);
    let body = html! {
        @for tick in &axis.ticks {
            @let y = percent(1.0 - axis.place(*tick));
            line class="grid" x1="0" x2="100%" y1=(y) y2=(y) {}
            text class="tick" x="-6" y=(y) dy=".32em" text-anchor="end" { (format::round_percent(*tick)) }
        }
        @if !ranges.is_empty() {
            svg class="stretch" width="100%" height="100%" preserveAspectRatio="none"
                viewBox={ "0 0 " (ranges.len()) " " (number(UNITS)) } {
                path class="area" d={ (outline(&now)) "V" (number(UNITS)) "H0z" } {}
                @if was.len() == ranges.len() { path class="was" d=(outline(&was)) {} }
            }
        }
        @for (i, step) in ranges.iter().enumerate().step_by(every) {
            text class="tick" x=(percent(i as f64 / ranges.len() as f64)) y="100%" dy="1.4em" text-anchor="middle" { (step.from) }
        }
    };
    chart(words, "steps", HEIGHT, &body)
}

fn outline(places: &[f64]) -> String {
    let mut path = String::new();
    for (i, place) in places.iter().enumerate() {
        let y = number((UNITS * (1.0 - place)).round());
        let _ = match i {
            0 => write!(path, "M0 {y}H1"),
            _ => write!(path, "V{y}H{}", i + 1),
        };
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_from_left_to_right() {
        assert_eq!(outline(&[0.5, 1.0]), "M0 500H1V0H2");
        assert_eq!(outline(&[]), "");
    }

    #[test]
    fn nothing_gives_a_chart_without_steps() {
        let words = Words { id: "h", title: "t", says: "s" };
        let html = steps(&words, &[]).into_string();
        assert!(html.contains("role=\"img\"") && !html.contains("<path"));
    }
}
