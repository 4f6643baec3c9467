//! How values are spread, now and before.

use maud::{Markup, html};

use super::funnel::period;
use crate::bound::Bounded;
use crate::chart::Words;
use crate::chart::bars::{Pair, bars};
use crate::chart::mark::{Status, badge};
use crate::chart::steps::{Step, steps};
use crate::format;
use crate::model::{Bin, Distribution, Form};
use crate::part::{self, Column, Section, empty};

pub(crate) fn section(shown: &Bounded) -> Section {
    let found = &shown.report.distributions;
    let body = if found.is_empty() {
        empty(
            "No events to compare yet. Event types, prices, categories, brands and sessions are shown here, and \
               compared as soon as a reference is known.",
        )
    } else {
        html! {
            ul class="legend" {
                li { i class="key now" {} "now" }
                li { i class="key was" {} "reference" }
            }
            div class="cards" { @for (i, distribution) in found.iter().enumerate() { (card(i, distribution)) } }
        }
    };
    let lede = html! { "Shares now beside those of the reference, and how far apart the two are." };
    Section { id: "distributions", title: "Distributions", lede, body }
}

fn card(index: usize, distribution: &Distribution) -> Markup {
    let bins = Shares::of(distribution);
    let (id, says) = (format!("distribution-{index}"), says(&bins));
    let words = Words { id: &id, title: &distribution.title, says: &says };
    html! {
        article class="card" {
            h3 {
                span { (distribution.title) }
                @if let Some(distance) = &distribution.distance { (badge(distance.outcome.status())) }
            }
            p class="muted" { (distance(distribution)) }
            @if bins.0.is_empty() { (empty("Nothing to show.")) } @else {
                figure class=(if distribution.form == Form::Histogram { "histogram" } else { "categories" }) {
                    @match distribution.form {
                        Form::Categories => (bars(&words, &bins.pairs())),
                        Form::Histogram => (steps(&words, &bins.steps())),
                    }
                    @if let (Form::Histogram, Some(unit)) = (distribution.form, &distribution.unit) {
                        figcaption class="axis" { (unit) }
                    }
                }
            }
            (table(distribution, &bins))
        }
    }
}

fn distance(distribution: &Distribution) -> Markup {
    html! {
        @match &distribution.distance {
            Some(distance) => {
                (distance.name) " " b { (format::figure(distance.value)) }
                @if distance.limit.is_some() { " · matters from " (format::figure(distance.limit)) }
                @if distance.p_value.is_some() { " · p " (format::figure(distance.p_value)) }
            },
            None => "No reference yet.",
        }
    }
}

/// A bin's name, share now and share in the reference.
struct Shares<'a>(Vec<(String, &'a Bin, Option<f64>, Option<f64>)>);

impl<'a> Shares<'a> {
    fn of(distribution: &'a Distribution) -> Self {
        let sum = |value: fn(&Bin) -> u64| distribution.bins.iter().map(value).fold(0, u64::saturating_add);
        let (current, reference) = (sum(|bin| bin.current), sum(|bin| bin.reference));
        let known = distribution.reference.is_some();
        let share = |bin: &'a Bin| {
            let was = format::share(bin.reference, reference).filter(|_| known);
            (name(bin), bin, format::share(bin.current, current), was)
        };
        Self(distribution.bins.iter().map(share).collect())
    }

    fn pairs(&self) -> Vec<Pair<'_>> {
        let pairs = self.0.iter();
        pairs.map(|(name, _, current, was)| Pair { name, current: *current, reference: *was }).collect()
    }

    fn steps(&self) -> Vec<Step> {
        let step = |(name, bin, current, reference): &(String, &Bin, _, _)| Step {
            from: bin.from.map_or_else(|| name.clone(), |from| format::figure(Some(from))),
            current: *current,
            reference: *reference,
        };
        self.0.iter().map(step).collect()
    }
}

fn name(bin: &Bin) -> String {
    match (bin.from, bin.to) {
        _ if !bin.label.is_empty() => bin.label.clone(),
        (None, None) => "(empty)".to_owned(),
        (Some(from), None) => format!("{} and more", format::figure(Some(from))),
        (None, Some(to)) => format!("under {}", format::figure(Some(to))),
        (Some(from), Some(to)) => format!("{} to {}", format::figure(Some(from)), format::figure(Some(to))),
    }
}

fn says(bins: &Shares) -> String {
    let greatest = bins.0.iter().max_by(|a, b| a.1.current.cmp(&b.1.current));
    let greatest = greatest.map(|(name, _, share, was)| match was {
        Some(_) => format!(
            " The greatest share has {name} with {}, {} in the reference.",
            format::percent(*share),
            format::percent(*was)
        ),
        None => format!(" The greatest share has {name} with {}.", format::percent(*share)),
    });
    format!("{}.{}", format::counted(bins.0.len(), "bin"), greatest.unwrap_or_default())
}

fn table(distribution: &Distribution, bins: &Shares) -> Markup {
    use Column::{Figure, Text};
    let columns =
        [Text("Value"), Figure("Number"), Figure("Share now"), Figure("Share before"), Figure("Points")];
    let rows = html! {
        @for (name, bin, now, was) in &bins.0 {
            @let points = now.zip(*was).map(|(now, was)| (now - was) * 100.0);
            tr {
                td { (name) }
                (part::count(bin.current))
                (part::figure(*now, &format::percent(*now)))
                (part::figure(*was, &format::percent(*was)))
                (part::figure(points, &points.map_or_else(|| format::UNKNOWN.to_owned(), |points| format!("{points:+.2}"))))
            }
        }
    };
    html! {
        details class="figures" {
            summary { "Figures" span class="unseen" { ": " (distribution.title) } }
            p class="muted" {
                "Shares of " (distribution.counted) ". " (period(&distribution.current))
                @if let Some(reference) = &distribution.reference { " Reference: " (period(reference)) }
            }
            (part::table(&format!("{}, now and before", distribution.title), &columns, &rows))
        }
    }
}
