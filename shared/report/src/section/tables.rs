//! Tables and how fresh they are.

use maud::html;

use crate::bound::Bounded;
use crate::chart::mark::{Status, badge};
use crate::format;
use crate::part::{self, Column, Section, empty, left_out, table, time};

pub(crate) fn section(shown: &Bounded) -> Section {
    let (found, now) = (&shown.report.tables, shown.report.generated_at_ms);
    let body = if found.is_empty() {
        empty("No table yet. The first run makes them all.")
    } else {
        use Column::{Figure, Text};
        let columns = [
            Text("Freshness"),
            Text("Table"),
            Figure("Rows"),
            Text("Last commit"),
            Figure("Age"),
            Figure("Fresh for"),
        ];
        let rows = html! {
            @for of in found {
                @let age_ms = of.committed_at_ms.map(|then| now.saturating_sub(then) as f64);
                @let limit_ms = of.fresh_for_minutes.map(|minutes| minutes.saturating_mul(60_000));
                @let unknown = || format::UNKNOWN.to_owned();
                tr {
                    td { (badge(of.freshness(now).status())) }
                    th scope="row" { (of.name) }
                    (part::count(of.rows))
                    td class="when" { @match of.committed_at_ms { Some(then) => (time(then)), None => "never" } }
                    (part::figure(age_ms, &of.committed_at_ms.map_or_else(unknown, |then| format::age(now, then))))
                    (part::figure(limit_ms.map(|ms| ms as f64), &limit_ms.map_or_else(unknown, format::duration)))
                }
            }
        };
        html! { div class="compact" { (table("All tables", &columns, &rows)) } (left_out(shown.left_out.tables, "table")) }
    };
    let lede =
        html! { "Rows that readers see, and the time since the last commit against what is expected." };
    Section { id: "tables", title: "Tables", lede, body }
}
