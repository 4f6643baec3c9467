//! Refused rows.

use maud::html;

use crate::bound::Bounded;
use crate::chart::scale::{fraction, percent};
use crate::format;
use crate::part::{self, Column, Section, empty, left_out, table};

pub(crate) fn section(shown: &Bounded) -> Section {
    let (found, totals) = (&shown.report.rejected, &shown.report.totals.rows);
    let greatest = found.iter().map(|reason| reason.rows).max().unwrap_or(0) as f64;
    let body = if found.is_empty() {
        empty(
            "No row was refused so far. One that is keeps its text, its file, its line and every reason in \
               clean.rejected_events.",
        )
    } else {
        use Column::{Drawn, Figure, Text};
        let columns =
            [Text("Reason"), Figure("Rows"), Drawn("beside others"), Figure("of rows in"), Text("Example")];
        let rows = html! {
            @for reason in found {
                @let share = format::share(reason.rows, totals.rows_in());
                tr {
                    th scope="row" { code { (reason.reason) } }
                    (part::count(reason.rows))
                    td class="drawn" {
                        span class="bar" aria-hidden="true" {
                            span style={ "width:" (percent(fraction(reason.rows as f64, greatest))) } {}
                        }
                    }
                    (part::figure(share, &format::percent(share)))
                    td class="example" {
                        @if let Some(example) = &reason.example {
                            code { (example.object) }
                            @if let Some(line) = example.line { ", line " (format::count(line)) }
                        }
                    }
                }
            }
        };
        html! {
            div class="rejected compact" { (table("Refused rows by reason", &columns, &rows)) }
            (left_out(shown.left_out.rejected, "reason"))
        }
    };
    let lede = html! { "Refused rows by reason. A row with two reasons counts under both." };
    Section { id: "rejected", title: "Rejected rows", lede, body }
}
