//! The last runs, and where all rows went.

use maud::{Markup, html};

use crate::bound::Bounded;
use crate::chart::mark::{Status, badge};
use crate::format;
use crate::model::{Run, Totals};
use crate::part::{self, Column, Section, empty, table, time};

pub(crate) fn section(shown: &Bounded) -> Section {
    let report = &shown.report;
    let body = html! {
        @if report.runs.is_empty() {
            (empty("No run yet. `estrella run --input FILE` makes the first one; every row of it is accounted for \
                    here."))
        } @else {
            (sum(&report.totals))
            (runs(&report.runs))
        }
    };
    let lede = html! { "Every row is accounted for: what came in is the sum of where it went." };
    Section { id: "runs", title: "Runs", lede, body }
}

fn sum(totals: &Totals) -> Markup {
    let rows = &totals.rows;
    let parts = [
        ("facts", rows.facts),
        ("duplicates", rows.duplicates),
        ("rejected", rows.rejected),
        ("quarantined", rows.quarantined),
        ("blocked", rows.blocked),
        ("discarded", rows.discarded),
    ];
    html! {
        dl class="sum" {
            div class="whole" {
                dt { "rows in, " (format::count(totals.runs)) (if totals.runs == 1 { " run" } else { " runs" }) }
                dd { (format::count(rows.rows_in())) }
            }
            @for (i, (name, value)) in parts.into_iter().enumerate() {
                div {
                    dt { (name) span class="muted" { " " (format::percent(format::share(value, rows.rows_in()))) } }
                    dd { span class="sign" aria-hidden="true" { (if i == 0 { "=" } else { "+" }) } (format::count(value)) }
                }
            }
        }
    }
}

fn runs(runs: &[Run]) -> Markup {
    use Column::{Figure, Text};
    let columns = [
        Text("Status"),
        Text("Started"),
        Text("Run"),
        Figure("Took"),
        Figure("Rows in"),
        Figure("Facts"),
        Figure("Duplicates"),
        Figure("Rejected"),
        Figure("Quarantined"),
        Figure("Blocked"),
        Figure("Discarded"),
    ];
    let rows = html! {
        @for run in runs {
            @let took = run.duration_ms.map(|ms| ms as f64);
            tr {
                td { (badge(run.status.status())) }
                td class="when" { (time(run.started_at_ms)) }
                th scope="row" { code { (run.run_id) } }
                (part::figure(took, &run.duration_ms.map_or_else(|| format::UNKNOWN.to_owned(), format::duration)))
                (part::count(run.rows.rows_in()))
                (part::count(run.rows.facts))
                (part::count(run.rows.duplicates))
                (part::count(run.rows.rejected))
                (part::count(run.rows.quarantined))
                (part::count(run.rows.blocked))
                (part::count(run.rows.discarded))
            }
        }
    };
    html! { div class="runs" { (table("The last runs, newest first", &columns, &rows)) } }
}
