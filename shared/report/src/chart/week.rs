//! Some hours of events as a curve over what was expected.

use std::fmt::Write;

use maud::{Markup, html};

use super::scale::{Axis, fraction, number, percent};
use crate::format;
use crate::model::{Hour, Mark, MarkKind};

/// Units of the stretched drawing from the bottom to the top.
const UNITS: f64 = 1000.0;
/// Characters that a label has at most, and the part of the width that one takes where names are shown.
const MAX_LABEL: usize = 40;
const CHARACTER: f64 = 0.0115;

/// Hours to be drawn in one frame.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// First hour of the frame.
    pub(crate) from: i64,
    /// Hours that it is wide.
    pub(crate) width: i64,
    /// The known hours in it, ascending.
    pub(crate) hours: &'a [Hour],
}

/// The label of a mark, above its start or, to the right, its end.
struct Label<'a> {
    letter: &'a str,
    name: String,
    class: &'static str,
    x: f64,
    left: f64,
    width: f64,
    turned: bool,
    /// In a second line, because it would meet the one before it.
    raised: bool,
}

/// Which way an hour is out of line; none if no monitor found it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    Many,
    Few,
    /// Within what is expected, or nothing was expected.
    Other,
}

impl Odd {
    pub(crate) fn of(hour: &Hour) -> Option<Self> {
        let rows = hour.rows as f64;
        match hour.anomalous {
            false => None,
            true if hour.upper.is_some_and(|upper| rows > upper) => Some(Self::Many),
            true if hour.lower.is_some_and(|lower| rows < lower) => Some(Self::Few),
            true => Some(Self::Other),
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Many => "unusually many",
            Self::Few => "unusually few",
            Self::Other => "unusual",
        }
    }
}

impl Frame<'_> {
    /// The frame's content; `labelled` frames also name their marks.
    pub(crate) fn draw(&self, axis: &Axis, marks: &[(String, &Mark)], labelled: bool) -> Markup {
        html! {
            @for midnight in self.midnights() {
                @let x = percent(self.place(midnight));
                line class="grid day" x1=(x) x2=(x) y1="0" y2="100%" {}
            }
            (self.spans(marks))
            svg class="stretch" width="100%" height="100%" preserveAspectRatio="none"
                viewBox={ "0 0 " (self.width) " " (number(UNITS)) } {
                path class="band" d=(self.band(axis)) {}
                path class="line" d=(self.line(axis)) {}
            }
            line class="base" x1="0" x2="100%" y1="100%" y2="100%" {}
            @for hour in self.hours { (self.point(hour, axis)) }
            (self.labels(marks, labelled))
            rect class="hit" width="100%" height="100%" data-from=(self.from) data-hours=(self.width) {}
        }
    }

    /// Starts of days after the first hour.
    pub(crate) fn midnights(&self) -> impl Iterator<Item = i64> {
        let (from, width) = (self.from, self.width);
        let next = from.checked_add(24 - from.rem_euclid(24));
        std::iter::successors(next, |hour| hour.checked_add(24))
            .take_while(move |hour| hour.saturating_sub(from) < width)
    }

    /// Where an hour starts, from 0 to 1.
    pub(crate) fn place(&self, hour: i64) -> f64 {
        fraction(hour.saturating_sub(self.from) as f64, self.width as f64)
    }

    fn point(&self, hour: &Hour, axis: &Axis) -> Markup {
        let shape = match Odd::of(hour) {
            None => return html! {},
            Some(Odd::Many) => "#many",
            Some(Odd::Few) => "#few",
            Some(Odd::Other) => "#other",
        };
        let x = percent((self.place(hour.hour) + self.place(hour.hour.saturating_add(1))) / 2.0);
        html! { use class="odd" href=(shape) x=(x) y=(percent(1.0 - axis.place(hour.rows as f64))) {} }
    }

    fn spans(&self, marks: &[(String, &Mark)]) -> Markup {
        html! {
            @for (_, mark) in marks.iter().filter(|(_, mark)| self.shows(mark)) {
                @let (from, to) = self.ends(mark);
                rect class={ "span " (kind(mark)) } x=(percent(from)) width=(percent(to - from)) y="0" height="100%" {}
                rect class={ "cap " (kind(mark)) } x=(percent(from)) width=(percent(to - from)) y="-3" height="3" {}
            }
        }
    }

    fn labels(&self, marks: &[(String, &Mark)], labelled: bool) -> Markup {
        let shown = marks.iter().filter(|(_, mark)| self.shows(mark));
        let mut labels: Vec<Label> = Vec::new();
        for (letter, mark) in shown {
            let name = if labelled { format::shortened(&mark.label, MAX_LABEL) } else { String::new() };
            let width = CHARACTER * (letter.len() + name.chars().count() + 1) as f64;
            let (from, to) = self.ends(mark);
            let turned = from + width > 1.0;
            let (x, left) = if turned { (to, to - width) } else { (from, from) };
            let meets = |other: &Label| !other.raised && other.left + other.width > left;
            let raised = labels.last().is_some_and(meets);
            labels.push(Label { letter, name, class: kind(mark), x, left, width, turned, raised });
        }
        html! {
            @for label in labels {
                text class={ "label " (label.class) } x=(percent(label.x)) y=(if label.raised { "-21" } else { "-7" })
                    text-anchor=[label.turned.then_some("end")] {
                    (label.letter)
                    @if !label.name.is_empty() { tspan class="wide" { " " (label.name) } }
                }
            }
        }
    }

    fn shows(&self, mark: &Mark) -> bool {
        let (from, to) = self.ends(mark);
        to > from
    }

    fn ends(&self, mark: &Mark) -> (f64, f64) {
        (self.place(mark.from_hour), mark.to_hour.map_or(1.0, |end| self.place(end)))
    }

    /// What was expected: up to the hour's edges, so that one hour alone is seen.
    fn band(&self, axis: &Axis) -> String {
        let known = |hour: &Hour| Some((hour.hour, hour.lower?, hour.upper?));
        let mut path = String::new();
        for run in runs(self.hours, known) {
            let edge = |i: usize| match i {
                0 => 0.0,
                _ if i > run.len() => 1.0,
                _ => 0.5,
            };
            let of = |i: usize| run[i.clamp(1, run.len()) - 1];
            let xy = |i: usize, value: f64| {
                let x = (of(i).0.saturating_sub(self.from)) as f64 + edge(i);
                format!("{} {}", number(x), y(axis, value))
            };
            let ends = 0..run.len() + 2;
            for i in ends.clone() {
                let _ = write!(path, "{}{}", if i == 0 { 'M' } else { 'L' }, xy(i, of(i).2));
            }
            for i in ends.rev() {
                let _ = write!(path, "L{}", xy(i, of(i).1));
            }
            path.push('z');
        }
        path
    }

    /// Events, from middle to middle of the hours; a gap where an hour is not known.
    fn line(&self, axis: &Axis) -> String {
        let mut path = String::new();
        for run in runs(self.hours, |hour| Some((hour.hour, hour.rows as f64))) {
            for (i, (hour, rows)) in run.iter().enumerate() {
                let x = number(hour.saturating_sub(self.from) as f64 + 0.5);
                let _ = write!(path, "{}{x} {}", if i == 0 { 'M' } else { 'L' }, y(axis, *rows));
            }
            if run.len() == 1 {
                // A line of no length has round ends: a dot.
                path.push_str("h0");
            }
        }
        path
    }
}

fn y(axis: &Axis, value: f64) -> String {
    number((UNITS * (1.0 - axis.place(value))).round())
}

fn kind(mark: &Mark) -> &'static str {
    match mark.kind {
        MarkKind::Incident => "incident",
        MarkKind::Calendar => "calendar",
    }
}

/// Hours that follow one another and of which something is known.
fn runs<T: Copy>(hours: &[Hour], known: impl Fn(&Hour) -> Option<T>) -> Vec<Vec<T>> {
    let mut runs: Vec<Vec<T>> = Vec::new();
    let mut before = None;
    for hour in hours {
        let Some(item) = known(hour) else {
            before = None;
            continue;
        };
        match runs.last_mut() {
            Some(run) if before == Some(hour.hour.saturating_sub(1)) => run.push(item),
            _ => runs.push(vec![item]),
        }
        before = Some(hour.hour);
    }
    runs
}

/// `A` to `Z`, then `A2` and so on.
pub(crate) fn letter(index: usize) -> String {
    let letter = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{}", round + 1),
    }
}

/// A mark's hours in words.
pub(crate) fn period(mark: &Mark) -> String {
    let from = format::hour(mark.from_hour, "%Y-%m-%d %H:%M");
    match mark.to_hour {
        None => format!("since {from}"),
        Some(to) => {
            let hours = u64::try_from(to.saturating_sub(mark.from_hour)).unwrap_or(0);
            format!("{from}, {}", format::duration(hours.saturating_mul(3_600_000)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: i64, rows: u64) -> Hour {
        Hour { hour, rows, lower: Some(10.0), upper: Some(20.0), anomalous: false }
    }

    fn frame(hours: &[Hour]) -> Frame<'_> {
        Frame { from: 0, width: 168, hours }
    }

    #[test]
    fn unknown_hours_are_gaps() {
        let hours = [hour(0, 0), hour(1, 20), hour(3, 10)];
        let axis = Axis { ticks: vec![0.0, 20.0] };
        assert_eq!(frame(&hours).line(&axis), "M0.5 1000L1.5 0M3.5 500h0");
    }

    #[test]
    fn a_band_reaches_the_edges_of_its_hours() {
        let axis = Axis { ticks: vec![0.0, 20.0] };
        let band = frame(&[hour(2, 0)]).band(&axis);
        assert_eq!(band, "M2 0L2.5 0L3 0L3 500L2.5 500L2 500z");
        let no_reference = Hour { lower: None, ..hour(2, 0) };
        assert_eq!(frame(&[no_reference]).band(&axis), "");
    }

    #[test]
    fn odd_hours_point_to_where_they_are() {
        let odd = |rows| Odd::of(&Hour { anomalous: true, ..hour(0, rows) });
        assert_eq!(odd(21), Some(Odd::Many));
        assert_eq!(odd(9), Some(Odd::Few));
        assert_eq!(odd(15), Some(Odd::Other));
        assert_eq!(Odd::of(&hour(0, 99)), None);
    }

    #[test]
    fn days_start_at_midnight() {
        let from = |from, width| Frame { from, width, hours: &[] }.midnights().collect::<Vec<_>>();
        assert_eq!(from(0, 48), [24]);
        assert_eq!(from(23, 26), [24, 48]);
        assert_eq!(from(-25, 4), [-24]);
        assert_eq!(from(i64::MAX - 3, 4).len(), 0);
    }

    #[test]
    fn letters_never_run_out() {
        assert_eq!([0, 25, 26, 53].map(letter), ["A", "Z", "A2", "B3"]);
    }
}
