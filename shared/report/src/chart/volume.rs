//! Events by hour: the last week large, the weeks before it below, hour of week over hour of week.

use maud::{Markup, html};

use super::scale::{Axis, percent};
use super::week::{Frame, letter};
use super::{Words, chart};
use crate::format;
use crate::model::{Hour, Mark, Volume};

const WEEK: i64 = 7 * 24;
/// Height of the last week, in pixels.
const LARGE: f64 = 260.0;
/// Height of a week before it, and of the room that it takes.
const SMALL: usize = 48;
const ROW: usize = 66;
/// Part of the width below which a day is too narrow for its name.
const NARROW: f64 = 0.1;

/// Hours in frames of a week, the last first. The frames end at the same hour of the week.
pub(crate) struct Weeks<'a> {
    frames: Vec<Frame<'a>>,
    marks: Vec<(String, &'a Mark)>,
}

impl<'a> Weeks<'a> {
    /// Divides hours, which are ascending; none if there are none.
    pub(crate) fn of(volume: &'a Volume) -> Option<Self> {
        let (first, last) = (volume.hours.first()?.hour, volume.hours.last()?.hour);
        let width = last.saturating_sub(first).saturating_add(1).clamp(24, WEEK);
        let mut frames = Vec::new();
        let mut to = last.saturating_add(1);
        while to > first {
            let from = to.saturating_sub(width);
            let hours = between(&volume.hours, from, to);
            frames.push(Frame { from, width, hours });
            to = from;
        }
        let marks = volume.marks.iter().enumerate().map(|(i, mark)| (letter(i), mark)).collect();
        Some(Self { frames, marks })
    }

    /// Marks with their letters.
    pub(crate) fn marks(&self) -> &[(String, &'a Mark)] {
        &self.marks
    }

    /// The last week.
    pub(crate) fn latest(&self, says: &str) -> Markup {
        let words = Words { id: "volume-latest", title: "Events by hour, the last seven days", says };
        let Some(frame) = self.frames.first() else { return html! {} };
        let axis = Axis::up_to(greatest(&self.frames[..1]), 4);
        let body = html! {
            defs {
                path id="many" d="M0-7l4.5 8h-9z" {}
                path id="few" d="M0 7l4.5-8h-9z" {}
                path id="other" d="M0-5l5 5l-5 5l-5-5z" {}
            }
            @for tick in &axis.ticks {
                @let y = percent(1.0 - axis.place(*tick));
                line class="grid" x1="0" x2="100%" y1=(y) y2=(y) {}
                text class="tick" x="-8" y=(y) dy=".32em" text-anchor="end" { (format::figure(Some(*tick))) }
            }
            (frame.draw(&axis, &self.marks, true))
            (days(frame))
        };
        chart(&words, "volume", LARGE, &body)
    }

    /// The weeks before it, if there are any, on one scale of their own: a day like none before in the last week
    /// leaves them readable.
    pub(crate) fn earlier(&self) -> Option<Markup> {
        let frames = self.frames.get(1..).filter(|frames| !frames.is_empty())?;
        let axis = Axis::of(greatest(frames));
        let says =
            format!("The same hours of the weeks before, from 0 to {}.", format::figure(Some(axis.top())));
        let words = Words { id: "volume-earlier", title: "Events by hour, the weeks before", says: &says };
        let body = html! {
            @for (i, frame) in frames.iter().enumerate() {
                @let (y, middle) = (i * ROW, i * ROW + SMALL / 2);
                text class="tick" x="-8" y=(middle) dy=".32em" text-anchor="end" { (format::hour(frame.from, "%-d %b")) }
                svg class="week" x="0" y=(y) width="100%" height=(SMALL) {
                    (frame.draw(&axis, &self.marks, false))
                }
            }
        };
        let height = (frames.len() * ROW - (ROW - SMALL)) as f64;
        Some(html! {
            p class="muted" {
                "Each row is a week from the day at its left, under the same hours as above, from 0 to "
                (format::figure(Some(axis.top()))) " events."
            }
            figure class="wide-chart" { (chart(&words, "weeks", height, &body)) }
        })
    }
}

/// The greatest value to be drawn; no less than what leaves no fractions of events on an axis.
fn greatest(frames: &[Frame]) -> f64 {
    let hours = frames.iter().flat_map(|frame| frame.hours);
    let values = hours.flat_map(|hour| [Some(hour.rows as f64), hour.upper]).flatten();
    values.filter(|value| value.is_finite()).fold(4.0, f64::max)
}

/// Names of the days, where they are wide enough.
fn days(frame: &Frame) -> Markup {
    let mut starts: Vec<i64> = std::iter::once(frame.from).chain(frame.midnights()).collect();
    starts.push(frame.from.saturating_add(frame.width));
    html! {
        @for day in starts.windows(2).filter(|day| frame.place(day[1]) - frame.place(day[0]) > NARROW) {
            text class="tick" x=(percent(frame.place(day[0]))) y="100%" dx="4" dy="1.5em" {
                (format::hour(day[0], "%a"))
                tspan class="wide" { (format::hour(day[0], " %-d %b")) }
            }
        }
    }
}

fn between(hours: &[Hour], from: i64, to: i64) -> &[Hour] {
    let start = hours.partition_point(|hour| hour.hour < from);
    let end = hours.partition_point(|hour| hour.hour < to);
    &hours[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(hours: impl IntoIterator<Item = i64>) -> Volume {
        let hours = hours.into_iter().map(|hour| Hour { hour, rows: 7, ..Hour::default() });
        Volume { hours: hours.collect(), marks: vec![] }
    }

    fn widths(hours: impl IntoIterator<Item = i64>) -> Vec<(i64, i64, usize)> {
        let volume = volume(hours);
        Weeks::of(&volume).unwrap().frames.iter().map(|f| (f.from, f.width, f.hours.len())).collect()
    }

    #[test]
    fn weeks_end_at_the_last_hour() {
        assert_eq!(widths(0..336), [(168, 168, 168), (0, 168, 168)]);
        assert_eq!(widths(0..170), [(2, 168, 168), (-166, 168, 2)]);
        assert!(Weeks::of(&volume([])).is_none());
    }

    #[test]
    fn a_first_hour_and_a_first_day_fill_the_chart() {
        assert_eq!(widths([1000]), [(977, 24, 1)]);
        assert_eq!(widths(0..48), [(0, 48, 48)]);
    }

    #[test]
    fn every_hour_is_drawn_once() {
        let frames = widths((0..1344).step_by(5));
        assert_eq!(frames.iter().map(|(_, _, hours)| hours).sum::<usize>(), 269);
    }
}
